import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliver } from '../../src/demo/lmtp.ts'
import { message } from '../servers/message.ts'
import { PICTURES, type Stage, setStage, signIn, violations } from './arrangement.ts'

const SCRIPT = '<script>window.hit=1</script><img src=x onerror=window.hit=1>'
const encoded = (text: string) => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`

const HOSTILE = {
  script: message({
    subject: `Quick question ${SCRIPT}`,
    from: `"${SCRIPT.replaceAll('"', '')}" <a@evil.example>`,
    text: `15 minutes ${SCRIPT}`,
  }),
  override: message({
    subject: encoded('Invoice \u202egnp.exe\u202c \u2066done\u0000\u200b'),
    from: `${encoded('\u202eknaB')} <b@evil.example>`,
  }),
  endless: message({ subject: 'x'.repeat(10_000), from: `"${'N'.repeat(10_000)}" <c@evil.example>` }),
  stacked: message({
    subject: encoded(`Z${'\u0310\u0311\u0312'.repeat(60)}algo`),
    from: `"ceo@bank.example" <d@evil.example>`,
  }),
  file: message({ subject: 'A file', attachment: { filename: `${SCRIPT.replaceAll('"', '')}.pdf`, bytes: 10 } }),
  template: message({
    subject: '{{first_name}} #{7*7} javascript:alert(1)',
    text: '<svg onload=window.hit=1> {{company}}',
  }),
}

describe('hostile mail on the dashboard', () => {
  let stage: Stage
  let page: Page

  beforeAll(async () => {
    stage = await setStage({ target: 'secret' })
    await stage.client.protect(stage.dovecot, 'target')
    for (const raw of Object.values(HOSTILE)) await deliver(stage.dovecot.lmtpPort, 'target', raw)
    await stage.client.settled('target', Object.keys(HOSTILE).length)
    page = await stage.open({ viewport: { width: 390, height: 844 } })
    await signIn(page)
    await page
      .locator('.row')
      .nth(Object.keys(HOSTILE).length - 1)
      .waitFor()
  })

  afterAll(() => stage?.end())

  const isInert = async () => {
    expect(await page.evaluate('window.hit')).toBeUndefined()
    expect(await violations(page)).toEqual([])
    expect(await page.locator('#app script, #app img, #app iframe, #app [onerror], #app [onload]').count()).toBe(0)
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
    expect(await page.locator('#app').textContent()).not.toMatch(/[\u200b\u202a-\u202e\u2066-\u2069]/)
  }

  it('is shown as text in the list', async () => {
    await isInert()
    expect(await page.getByText('<script>window.hit=1</script>').count()).toBeGreaterThan(0)
    await page.screenshot({ path: `${PICTURES}hostile-390-light.png`, fullPage: true })
  })

  it('is cut in length and stacked marks', async () => {
    const longest = Math.max(...(await page.locator('.row bdi').allTextContents()).map((text) => text.length))
    expect(longest).toBeLessThanOrEqual(160)
    expect((await page.locator('.row', { hasText: 'algo' }).boundingBox())?.height).toBeLessThan(200)
  })

  it('does not pass for another address', async () => {
    expect(await page.locator('.row', { hasText: 'algo' }).locator('.who').textContent()).toBe('d@evil.example')
  })

  it('is shown as text among the reasons, each of them', async () => {
    const ids = (await stage.client.decisions('target')).map(({ id }) => id)
    for (const id of ids) {
      await page.evaluate(`location.hash = '#/today/${id}'`)
      await page.locator('.why .evidence li, .why .quiet').first().waitFor()
      await isInert()
    }
    expect(ids).toHaveLength(Object.keys(HOSTILE).length)
  })

  it('names no decision by a hostile link', async () => {
    await page.goto(`${stage.address}/#/today/${encodeURIComponent('../../openapi.json?x=<script>')}`)
    await page.getByText('This decision does not exist').waitFor()
    await page.goto(`${stage.address}/#/%E0%A4%A/%E0%A4%A`)
    await page.locator('#app main').waitFor()
    await isInert()
  })
})
