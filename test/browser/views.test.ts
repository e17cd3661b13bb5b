import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PICTURES, type Stage, setStage, signIn, violations } from './arrangement.ts'
import { sampleInbox } from './sample-inbox.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = JSON.stringify(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])

/** What axe has against the page as it is, one line each. */
async function axeFinds(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  return page.evaluate(`axe.run(document, { runOnly: ${RULES} }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target, any }) => target + ' ' + (any[0]?.message ?? '')).slice(0, 4).join(' | ')))`)
}

const LOOKS = [
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
  { width: 1440, height: 900, colorScheme: 'light' },
  { width: 1440, height: 900, colorScheme: 'dark' },
] as const

describe('every view, in both themes, on a phone and on a desk', () => {
  let stage: Stage
  let places: Record<string, { hash: string; ready: string }>

  beforeAll(async () => {
    stage = await setStage({ marta: 'secret' })
    await sampleInbox(stage.dovecot, stage.client, 'marta')
    const all = await stage.client.decisions('marta')
    const of = (verdict: string, n: number) => all.filter((one) => one.verdict === verdict)[n]?.id ?? ''
    await stage.client.expect(200, 'POST', `/v1/decisions/${of('noise', 2)}/feedback`, {
      verdict: 'noise',
      scope: 'domain',
    })
    await stage.client.expect(200, 'POST', `/v1/decisions/${of('valuable', 1)}/feedback`, {
      verdict: 'valuable',
      scope: 'sender',
    })
    places = {
      today: { hash: '#/today', ready: '.row' },
      held: { hash: '#/held', ready: '.row .chance' },
      'why-noise': { hash: `#/today/${of('noise', 0)}`, ready: '.evidence li' },
      'why-valuable': { hash: `#/held/${of('valuable', 0)}`, ready: '.evidence li' },
      trends: { hash: '#/trends', ready: '.bars' },
      people: { hash: '#/people', ready: '.people .row' },
      account: { hash: '#/account', ready: '.card .modes' },
      'account-new': { hash: '#/account/new', ready: '.add' },
    }
  })

  afterAll(() => stage?.end())

  it.each(LOOKS)('has nothing that axe finds at $width px, $colorScheme', async ({ width, height, colorScheme }) => {
    const page = await stage.open({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' })
    const found: Record<string, string[]> = {}
    const look = async (name: string) => {
      await page.screenshot({ path: `${PICTURES}${name}-${width}-${colorScheme}.png` })
      const finds = await axeFinds(page)
      if (finds.length > 0) found[name] = finds
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      if (overflow > 0) found[`${name} scrolls sideways by`] = [`${overflow} px`]
    }
    await page.locator('form button').waitFor()
    await look('sign-in')
    await signIn(page)
    for (const [name, { hash, ready }] of Object.entries(places)) {
      await page.evaluate(`location.hash = '${hash}'`)
      await page.locator(ready).first().waitFor()
      await look(name)
    }
    await page.keyboard.press('?')
    await page.locator('dialog[open]').waitFor()
    await look('help')
    expect(found).toEqual({})
    expect(await violations(page)).toEqual([])
    await page.context().close()
  })
})
