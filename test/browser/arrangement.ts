import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type Dovecot, startDovecot } from '../../src/demo/dovecot.ts'
import { run } from '../../src/main.ts'
import { startApi, startPoller, startWorker } from '../../src/roles.ts'
import { readSettings } from '../../src/settings/config.ts'
import { requireProgram } from '../../src/setup/programs.mjs'
import { ServiceClient } from '../service/client.ts'

export const TOKEN = 'a-token-for-browser-tests-only'

/** Where pictures of the page are left; not kept in the repository. */
export const PICTURES = new URL('../../test-results/', import.meta.url).pathname

/** Everything a reader needs: a mail server, the service, and a browser. */
export interface Stage {
  readonly dovecot: Dovecot
  readonly client: ServiceClient
  readonly address: string
  readonly open: (options?: BrowserContextOptions) => Promise<Page>
  readonly end: () => Promise<void>
}

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function setStage(users: Record<string, string>): Promise<Stage> {
  const dataDir = mkdtempSync(join(tmpdir(), 'worthwhile-browser-'))
  mkdirSync(PICTURES, { recursive: true })
  const dovecot = await startDovecot({ users })
  const environment = { WORTHWHILE_DATA_DIR: dataDir, PORT: '0', WORTHWHILE_ADMIN_TOKEN: TOKEN, LOG_LEVEL: 'fatal' }
  const running = await run(readSettings(environment), [startWorker, startApi, startPoller], true)
  const address = running.roles.flatMap((role) => ('address' in role ? [String(role.address)] : []))[0] ?? ''
  const browser = await chromium.launch({ executablePath: requireProgram('chromium'), args: ARGUMENTS })
  return {
    dovecot,
    address,
    client: new ServiceClient(address, TOKEN),
    open: (options = {}) => openPage(browser, address, options),
    end: async () => {
      await browser.close()
      await running.stop()
      await dovecot.cleanup()
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const WATCH_VIOLATIONS = `
  window.violations = []
  document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI))`

async function openPage(browser: Browser, address: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, ...options })
  await context.addInitScript(WATCH_VIOLATIONS)
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  await page.goto(address)
  return page
}

/** What the content security policy had to stop since the page was loaded. */
export const violations = (page: Page) => page.evaluate<string[]>('window.violations')

export async function signIn(page: Page): Promise<void> {
  await page.fill('input[name=token]', TOKEN)
  await page.click('form button[type=submit]')
  await page.locator('main h1').waitFor()
}
