import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliver } from '../../src/demo/lmtp.ts'
import { asReader, placesOf } from '../servers/mailboxes.ts'
import { message, newMessageId } from '../servers/message.ts'
import { until } from '../service/client.ts'
import { type Stage, setStage, signIn, TOKEN, violations } from './arrangement.ts'

const PITCH = 'We are the leading provider. Do you have 15 minutes this week for a quick call?'

describe('a reader at the dashboard', () => {
  let stage: Stage
  let page: Page

  beforeAll(async () => {
    stage = await setStage({ reader: 'secret' })
    page = await stage.open()
  })

  afterAll(() => stage?.end())

  const row = (subject: string) => page.locator('.row', { hasText: subject })

  async function pitch(subject: string): Promise<string> {
    const messageId = newMessageId()
    await deliver(stage.dovecot.lmtpPort, 'reader', message({ messageId, subject, text: PITCH }))
    await row(subject).waitFor()
    return messageId
  }

  it('is not let in with a wrong token, and is told why', async () => {
    await page.fill('input[name=token]', 'not-the-token')
    await page.click('form button[type=submit]')
    await page.getByText('This token is not accepted.').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  it('signs in for this tab only, and is asked for a mailbox', async () => {
    await signIn(page)
    expect(
      await page.evaluate('JSON.stringify([Object.values(sessionStorage), localStorage.getItem("worthwhile.token")])'),
    ).toBe(JSON.stringify([[TOKEN], null]))
    await page.getByRole('link', { name: 'Add a mailbox' }).click()
    await page.getByRole('heading', { name: 'Add a mailbox' }).waitFor()
  })

  it('learns in plain words that the password is wrong, and adds the mailbox with the right one', async () => {
    await page.getByLabel('Your e-mail address').fill('reader@example.com')
    await page.getByText('Server and login').click()
    expect(await page.getByLabel('IMAP server').inputValue()).toBe('imap.example.com')
    await page.getByLabel('Encryption').selectOption('none')
    await page.getByLabel('IMAP server').fill(stage.dovecot.host)
    await page.getByLabel('Port').fill(String(stage.dovecot.port))
    await page.getByLabel('Login name').fill('reader')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Check and add' }).click()
    await page.getByText('does not accept this login').waitFor()
    await page.getByLabel('Password').fill('secret')
    await page.getByRole('button', { name: 'Check and add' }).click()
    await page.locator('.card .status.watching').waitFor()
    expect(await page.locator('.card').getByRole('radio', { name: 'Observe' }).isChecked()).toBe(true)
  })

  it('sees mail as it is judged, without doing anything', async () => {
    await page.getByRole('link', { name: 'Today', exact: true }).click()
    const messageId = await pitch('First pitch')
    expect(await row('First pitch').textContent()).toContain('Would be held')
    expect(await placesOf(stage.dovecot, 'reader', messageId)).toEqual(['INBOX'])
  })

  it('reads why: the balance, the strongest point for the other side, and where the message is', async () => {
    await row('First pitch').getByRole('link').click()
    await page.locator('.evidence li.against').first().waitFor()
    const why = page.locator('.why')
    expect(await why.getByText('Not worth your time').count()).toBe(1)
    expect(await why.locator('.opposing').textContent()).toMatch(/What spoke for it most: .+|Nothing spoke for/)
    expect(await why.locator('.facts').textContent()).toContain('only being watched')
    expect(await why.locator('.evidence mark').first().textContent()).not.toBe('')
  })

  it('lets it act, and noise goes where it says', async () => {
    await page.getByRole('link', { name: 'Mailboxes' }).click()
    await page.getByRole('radio', { name: 'Act' }).check()
    await page.getByText('Saved.').waitFor()
    await until('the mode is changed', async () =>
      (await stage.client.account('reader')).mode === 'act' ? true : undefined,
    )
    await page.getByRole('link', { name: 'Today', exact: true }).click()
    const messageId = await pitch('Second pitch')
    await until('the move', async () =>
      (await placesOf(stage.dovecot, 'reader', messageId))[0] === 'Worthwhile/Noise' ? true : undefined,
    )
  })

  it('says with one tap that it was worth it: the message comes back, for the sender too when asked', async () => {
    await row('Second pitch')
      .getByRole('button', { name: /Worth my time/ })
      .click()
    await page.getByText('Noted: worth your time.').waitFor()
    const decision = (await stage.client.decisions('reader')).find(({ subject }) => subject === 'Second pitch')
    expect(decision).toMatchObject({ mailbox: 'INBOX', feedback: { verdict: 'valuable', scope: 'message' } })
    await page.locator('.notice').getByRole('radio', { name: 'this sender' }).click()
    await until('the wider word', async () => {
      const { items } = await stage.client.expect<{ items: { kind: string; key: string }[] }>(
        200,
        'GET',
        '/v1/senders?account=reader',
      )
      return items.some(({ kind, key }) => kind === 'sender' && key === 'ada@example.org') ? true : undefined
    })
  })

  it('takes it back within ten seconds', async () => {
    await page.locator('.notice').getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Taken back.').waitFor()
    const decision = (await stage.client.decisions('reader')).find(({ subject }) => subject === 'Second pitch')
    expect(decision?.feedback).toBeUndefined()
  })

  it('works by keyboard: j, k, n, u and ?', async () => {
    await page.goto(`${stage.address}/#/today`)
    await page.locator('.row').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    expect(await page.evaluate('document.activeElement.closest(".row").dataset.id')).toBe(
      await page.locator('.row').nth(1).getAttribute('data-id'),
    )
    await page.keyboard.press('k')
    await page.keyboard.press('n')
    await page.getByText('Noted: not worth it.').waitFor()
    await page.keyboard.press('u')
    await page.getByText('Taken back.').waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('is told when they have moved the message themselves meanwhile', async () => {
    await pitch('Third pitch')
    await asReader(stage.dovecot, 'reader', async (mailbox) => {
      for (const place of ['Worthwhile/Noise', 'INBOX']) {
        await mailbox.mailboxOpen(place)
        const found = await mailbox.search({ subject: 'Third pitch' })
        if (found && found.length > 0) await mailbox.messageMove(found, 'Archive')
      }
    })
    await row('Third pitch').getByRole('button').first().click()
    await page.getByText('You have meanwhile moved or deleted this message yourself').waitFor()
  })

  it('finds what they said under People, and can have it forgotten', async () => {
    const [{ id = '' } = {}] = await stage.client.decisions('reader')
    const first = (await stage.client.decisions('reader')).find(({ subject }) => subject === 'First pitch')?.id ?? id
    await stage.client.expect(200, 'POST', `/v1/decisions/${first}/feedback`, { verdict: 'noise', scope: 'sender' })
    await page.getByRole('link', { name: 'People' }).click()
    await page.getByRole('button', { name: 'Forget: ada@example.org' }).click()
    await page.getByRole('button', { name: 'Forget: ada@example.org' }).waitFor({ state: 'detached' })
    const { items } = await stage.client.expect<{ items: { kind: string }[] }>(200, 'GET', '/v1/senders?account=reader')
    expect(items.filter(({ kind }) => kind === 'sender')).toEqual([])
  })

  it('chooses another language', async () => {
    await page.getByRole('link', { name: 'Mailboxes' }).click()
    for (const [code, heading] of [
      ['de', 'Postfächer'],
      ['fr', 'Boîtes'],
      ['es', 'Buzones'],
      ['en', 'Mailboxes'],
    ] as const) {
      await page.locator('.settings select').selectOption(code)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      expect(await page.getAttribute('html', 'lang')).toBe(code)
    }
  })

  it('is told when the service cannot be reached, and when it is back', async () => {
    await page.route('**/v1/**', (request) => request.abort())
    await page.getByText('No connection to the service.').waitFor()
    await page.unroute('**/v1/**')
    await page.getByText('No connection to the service.').waitFor({ state: 'detached' })
  })

  it('removes the mailbox after being asked', async () => {
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('No mailbox is protected yet.').waitFor()
    expect(await violations(page)).toEqual([])
  })

  it('is asked again for a token that is no longer accepted', async () => {
    await page.route('**/v1/**', (request) =>
      request.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"code":"UNAUTHORIZED"}' }),
    )
    await page.getByText('You were signed out').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })
})
