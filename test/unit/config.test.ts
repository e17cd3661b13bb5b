import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { WorthwhileError } from '../../src/errors.ts'
import { readSettings } from '../../src/settings/config.ts'

const folder = mkdtempSync(join(tmpdir(), 'worthwhile-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
/** A file with this content; its path. */
function file(content: string): string {
  const path = join(folder, `file-${++files}`)
  writeFileSync(path, content)
  return path
}

/** What readSettings complains about, line by line. */
function problemsWith(env: Record<string, string>): string[] {
  try {
    readSettings(env)
  } catch (error) {
    if (error instanceof WorthwhileError && error.code === 'SETTINGS_INVALID') return error.details.problems as string[]
    throw error
  }
  return []
}

describe('settings', () => {
  it('have defaults for everything', () => {
    expect(readSettings({})).toEqual({
      redisUrl: null,
      host: '127.0.0.1',
      port: 3000,
      adminToken: null,
      secretKey: null,
      dataDir: './data',
      logLevel: 'info',
      mailboxes: { noise: ['Worthwhile', 'Noise'], later: ['Worthwhile', 'Later'] },
      retentionDays: 30,
      concurrency: 8,
      learn: { sent: 2000, received: 2000 },
      classifier: {},
      accounts: [],
    })
  })

  it('come from the environment, where empty counts as unset', () => {
    const settings = readSettings({
      REDIS_URL: 'redis://localhost:6380/2',
      HOST: '0.0.0.0',
      PORT: '8080',
      WORTHWHILE_ADMIN_TOKEN: 'sixteen-letters-',
      WORTHWHILE_SECRET_KEY: '',
      WORTHWHILE_DATA_DIR: '/var/lib/worthwhile',
      LOG_LEVEL: 'debug',
    })
    expect(settings).toMatchObject({
      redisUrl: 'redis://localhost:6380/2',
      host: '0.0.0.0',
      port: 8080,
      adminToken: 'sixteen-letters-',
      secretKey: null,
      dataDir: '/var/lib/worthwhile',
      logLevel: 'debug',
    })
  })

  it('leave the rest of the environment alone', () => {
    expect(problemsWith({ PATH: '/bin', REDIS: 'x', HOSTNAME: 'y', MY_WORTHWHILE_X: 'z' })).toEqual([])
  })

  it('tell every problem at once, by name, with what would be right, and never a value', () => {
    const secrets = ['not-a-url', 'host with space', '70000', 'short', 'tiny', 'loud']
    const [url, host, port, token, key, level] = secrets as [string, string, string, string, string, string]
    const problems = problemsWith({
      REDIS_URL: url,
      HOST: host,
      PORT: port,
      WORTHWHILE_ADMIN_TOKEN: token,
      WORTHWHILE_SECRET_KEY: key,
      LOG_LEVEL: level,
      WORTHWHILE_TYPO: 'value-of-typo',
      WORTHWHILE_CONFIG: '/nowhere/at/all.yaml',
    })
    expect(problems).toEqual([
      expect.stringMatching(/^WORTHWHILE_TYPO is not a setting; known are REDIS_URL, /),
      expect.stringMatching(/^REDIS_URL must look like redis:\/\//),
      'HOST must be a host name or an IP address to listen on',
      'PORT must be a whole number from 0 to 65535',
      'WORTHWHILE_ADMIN_TOKEN must have 16 to 200 characters, ASCII without spaces',
      'WORTHWHILE_SECRET_KEY must have at least 16 characters',
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
      'WORTHWHILE_CONFIG: the file cannot be read (ENOENT)',
    ])
    for (const secret of [...secrets, 'value-of-typo']) expect(problems.join('\n')).not.toContain(secret)
  })

  it('read well as one error', () => {
    expect(() => readSettings({ PORT: 'eighty', LOG_LEVEL: 'loud' })).toThrow(
      [
        '2 invalid setting(s):',
        '  - PORT must be a whole number from 0 to 65535',
        '  - LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
      ].join('\n'),
    )
  })
})

describe('NAME_FILE', () => {
  it('names a file with the value, white space around it left out', () => {
    const settings = readSettings({
      WORTHWHILE_SECRET_KEY_FILE: file('a-key-of-some-length\n'),
      PORT_FILE: file(' 4000 '),
    })
    expect(settings).toMatchObject({ secretKey: 'a-key-of-some-length', port: 4000 })
  })

  it('must be readable, not empty, and alone', () => {
    const problems = problemsWith({
      REDIS_URL_FILE: '/nowhere/url',
      WORTHWHILE_SECRET_KEY_FILE: file(' \n'),
      WORTHWHILE_ADMIN_TOKEN: 'a-token-of-some-length',
      WORTHWHILE_ADMIN_TOKEN_FILE: file('another-token-of-some-length'),
      PORT_FILE: folder,
    })
    expect(problems).toEqual([
      'REDIS_URL_FILE cannot be read (ENOENT)',
      'PORT_FILE cannot be read (EISDIR)',
      'WORTHWHILE_ADMIN_TOKEN and WORTHWHILE_ADMIN_TOKEN_FILE are both set; set one of them',
      'WORTHWHILE_SECRET_KEY_FILE is an empty file',
    ])
  })

  it('has its value checked like any other', () => {
    expect(problemsWith({ PORT_FILE: file('eighty') })).toEqual(['PORT must be a whole number from 0 to 65535'])
  })
})

describe('REDIS_URL', () => {
  const right = [
    'redis://localhost',
    'redis://127.0.0.1:6379/5',
    'redis://:p%2Fss%23word@cache.example.org',
    'redis://user:pass@[::1]:6380',
    'rediss://redis.example.org:6380',
    'unix:///run/redis/redis.sock',
    'sentinel://:pass@a:26379,b:26379,c/mymaster?db=2&sentinelPassword=x',
    'cluster://a:7000,b:7001,c:7002',
    'clusters://user:pass@a,b',
  ]
  it.each(right)('may be %s', (url) => expect(readSettings({ REDIS_URL: url }).redisUrl).toBe(url))

  const wrong = [
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://host:0',
    'redis://host:99999',
    'redis://host/zero',
    'redis://:pass/word@host',
    'redis://:%zz@host',
    'redis://host?tls=yes',
    'unix://relative/path',
    'cluster://a:7000/1',
    'constructor://host',
    'sentinel://a:1,,b:2/main',
  ]
  it.each(wrong)('may not be %s', (url) =>
    expect(problemsWith({ REDIS_URL: url })).toEqual([expect.stringMatching(/^REDIS_URL must look like/)]),
  )

  it('may name the authority to trust, in a file that can be read', () => {
    expect(problemsWith({ REDIS_URL: `rediss://host?ca=${file('PEM')}` })).toEqual([])
    expect(problemsWith({ REDIS_URL: 'rediss://host?ca=/nowhere/ca.pem' })).toEqual([
      'REDIS_URL names a ca file that cannot be read (ENOENT)',
    ])
  })
})
