import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificates } from '../../../src/demo/certificates.ts'
import { freePort } from '../../../src/demo/free-port.ts'
import { JobQueues } from '../../../src/queue.ts'
import { connectRedis } from '../../../src/store/redis.ts'
import { type RedisServer, startRedis } from '../../servers/redis.ts'
import { addedTo, storesOn } from './arrangement.ts'

import { connected, disconnectAll, doesAllThatTheServiceNeeds, untilAnswered } from './needs.ts'

afterEach(disconnectAll)

describe('one Redis', () => {
  let server: RedisServer
  let dir: string
  let tlsPort: number
  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'worthwhile-redis-tls-'))
    const { caFile, certFile, keyFile } = await makeCertificates(dir)
    tlsPort = await freePort()
    const tls = ['--tls-port', String(tlsPort), '--tls-cert-file', certFile, '--tls-key-file', keyFile]
    const more = [
      '--tls-ca-cert-file',
      caFile,
      '--tls-auth-clients',
      'no',
      '--unixsocket',
      path.join(dir, 'redis.sock'),
    ]
    server = await startRedis({ password: 'pa:ss@word', args: [...tls, ...more] })
  })
  afterAll(async () => {
    await server.cleanup()
    await rm(dir, { recursive: true })
  })
  const password = encodeURIComponent('pa:ss@word')

  it('is used with a password, in a database of one’s own', async () => {
    await doesAllThatTheServiceNeeds(`redis://:${password}@127.0.0.1:${server.port}/3`)
    const other = connected(`redis://:${password}@127.0.0.1:${server.port}/0`, 'request')
    expect(await other.dbsize()).toBe(0)
  })

  it('is used with TLS and a private authority', async () => {
    await doesAllThatTheServiceNeeds(`rediss://:${password}@localhost:${tlsPort}/4?ca=${path.join(dir, 'ca.pem')}`)
  })

  it('is not trusted with TLS when nobody known vouches for it', async () => {
    const stores = storesOn(connected(`rediss://:${password}@localhost:${tlsPort}`, 'request'))
    await expect(stores.accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('refuses a wrong password, and nobody is told which one', async () => {
    const client = connected(`redis://:guessed-it@127.0.0.1:${server.port}`, 'request')
    const error = await storesOn(client)
      .accounts.list()
      .catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(String(error)).not.toContain('guessed-it')
  })

  it('says so when the authority’s file is gone', () => {
    expect(() => connectRedis('rediss://localhost?ca=/nowhere/ca.pem', 'request')).toThrow(
      'REDIS_URL names a ca file that cannot be read (ENOENT)',
    )
  })
})

describe('a Redis on a unix socket', () => {
  it('is used like any other', async () => {
    const dir = await mkdtemp(path.join(tmpdir(), 'worthwhile-redis-unix-'))
    const socket = path.join(dir, 'redis.sock')
    const server = await startRedis({ args: ['--unixsocket', socket] })
    await doesAllThatTheServiceNeeds(`unix://${socket}`).finally(() => server.cleanup())
    await rm(dir, { recursive: true })
  })
})

describe('a Redis that is away', () => {
  it('fails a request soon, and serves it again when it is back', async () => {
    const server = await startRedis()
    const stores = storesOn(connected(server.url, 'request'))
    const { id } = await addedTo(stores)
    await server.stop()
    const before = Date.now()
    await expect(stores.accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retry: true })
    expect(Date.now() - before).toBeLessThan(3_000)
    await server.start()
    expect(await untilAnswered(() => stores.accounts.find(id))).toMatchObject({ id })
    await server.cleanup()
  })

  it('fails a request when it accepts connections but answers nothing', async () => {
    const server = await startRedis()
    const stores = storesOn(connected(server.url, 'request'))
    await stores.accounts.list()
    server.pause()
    await expect(stores.accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    server.resume()
    await server.cleanup()
  })

  it('fails a request even when it was never there, for jobs as well', async () => {
    const client = connected(`redis://127.0.0.1:${await freePort()}`, 'request')
    await expect(storesOn(client).accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(new JobQueues(client).counts()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('fails a request when no node of a cluster was ever there', async () => {
    const client = connected(`cluster://127.0.0.1:${await freePort()}`, 'request')
    await expect(storesOn(client).accounts.list()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
