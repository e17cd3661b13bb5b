import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkNodeVersion } from '../../../src/setup/node-version.mjs'
import { isNewEnough } from '../../../src/setup/npm.mjs'
import { differ, packagesAreStale } from '../../../src/setup/npm-packages.mjs'
import { findExecutable, installCommand } from '../../../src/setup/programs.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const prepare = path.join(root, 'src/setup/prepare.mjs')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'worthwhile-setup-test-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the version of Node.js', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.21.0'])('%s will do', (version) => {
    expect(() => checkNodeVersion(version)).not.toThrow()
  })

  it.each(['20.18.3', '18.20.4', '8.0.0'])('%s is too old, and the message says what would be right', (version) => {
    expect(() => checkNodeVersion(version)).toThrow(`Worthwhile needs Node.js 20.19 or newer; this is ${version}.`)
  })
})

describe('the version of npm', () => {
  it.each(['10.8.2\n', '11.19.1\n'])('%j will do', (version) => expect(isNewEnough(version)).toBe(true))
  it.each(['9.2.0\n', '8.19.4\n'])('%j is too old', (version) => expect(isNewEnough(version)).toBe(false))
})

describe('node_modules is stale', () => {
  const wanted = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  }

  it('when a package is missing or has another version', () => {
    expect(differ(wanted, {})).toBe(true)
    expect(differ(wanted, { 'node_modules/a': { version: '1.0.1' } })).toBe(true)
  })

  it('not when only an optional package is missing', () => {
    expect(differ(wanted, { 'node_modules/a': { version: '1.0.0' } })).toBe(false)
  })

  it('when it is not there at all', async () => {
    await writeFile(path.join(folder, 'package-lock.json'), '{"packages":{}}')
    expect(packagesAreStale(folder)).toBe(true)
  })

  it('not here: npm has just installed it', () => {
    expect(packagesAreStale(root)).toBe(false)
  })
})

describe('prepare.mjs', () => {
  const run = (args: string[], env: Record<string, string> = {}) =>
    spawnSync(process.execPath, [prepare, ...args], { encoding: 'utf8', env: { ...process.env, ...env } })

  it('says nothing when there is nothing to do', () => {
    const { status, stdout, stderr } = run(['--need', 'redis', '--need', 'dovecot'])
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' })
  })

  it('says what to type where it may not install, and fails', () => {
    const { status, stderr } = run(['--need', 'chromium', '--need', 'redis'], { PATH: folder })
    const command = 'sudo apt-get update && sudo apt-get install -y chromium redis-server'
    expect({ status, stderr }).toEqual({ status: 1, stderr: `chromium, redis-server not found. Type: ${command}\n` })
  })

  it('needs no Redis of its own when another one is given', () => {
    expect(run(['--need', 'own-redis'], { PATH: folder }).status).toBe(1)
    expect(run(['--need', 'own-redis'], { PATH: folder, REDIS_URL: 'redis://redis:6379' }).status).toBe(0)
  })

  it('names the needs it knows', () => {
    expect(run(['--need', 'postgres']).stderr).toContain('one of redis, own-redis, dovecot, chromium')
  })
})

describe('programs', () => {
  it('are found by their full path, servers too', () => {
    expect(findExecutable('sh')).toMatch(/^\/.*\/sh$/)
    expect(findExecutable('no-such-program')).toBeUndefined()
  })

  it('come with a command that installs them', () => {
    expect(installCommand(['dovecot'])).toContain('apt-get install -y dovecot-imapd dovecot-lmtpd')
  })
})

describe('one at a time', () => {
  const module = new URL('../../../src/setup/one-at-a-time.mjs', import.meta.url).href

  /** A process that notes when it enters and leaves what only one may be in. */
  function visitor(name: string, ending: string) {
    const script = `import { oneAtATime } from '${module}'
      import { appendFileSync } from 'node:fs'
      const note = (what) => appendFileSync('${folder}/log', '${name} ' + what + '\\n')
      oneAtATime('${folder}', () => { note('in'); ${ending}; note('out') })`
    return once(spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }), 'close')
  }

  it('lets nobody in before the one inside is out', async () => {
    const busy = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)'
    await Promise.all([visitor('a', busy), visitor('b', busy), visitor('c', busy)])
    const visits = (await readFile(`${folder}/log`, 'utf8')).trim().split('\n')
    expect(visits).toHaveLength(6)
    for (let i = 0; i < 6; i += 2) expect(visits[i + 1]).toBe(visits[i]?.replace('in', 'out'))
  })

  it('takes over from one that was killed or failed inside', async () => {
    await appendFile(`${folder}/log`, '')
    await visitor('killed', 'process.kill(process.pid, "SIGKILL")')
    await visitor('failed', 'process.exit(1)')
    await visitor('next', '')
    expect(await readFile(`${folder}/log`, 'utf8')).toBe('killed in\nfailed in\nnext in\nnext out\n')
  })
})
