import { expect } from 'vitest'
import type { Dovecot } from '../../src/demo/dovecot.ts'
import { listMailboxes } from '../servers/mailboxes.ts'
import type { Decision } from './client.ts'

/** Every delivered message lies in exactly one mailbox, once, and that is where its one decision says. */
export async function expectAllAccountedFor(
  dovecot: Dovecot,
  user: string,
  messageIds: readonly string[],
  decisions: readonly Decision[],
): Promise<void> {
  const places = new Map<string, string[]>()
  for (const [path, messages] of Object.entries(await listMailboxes(dovecot, user)))
    for (const { messageId } of messages) places.set(messageId, [...(places.get(messageId) ?? []), path])
  const decided = new Map<string, (string | null)[]>()
  for (const { messageId, mailbox } of decisions)
    decided.set(`<${messageId}>`, [...(decided.get(`<${messageId}>`) ?? []), mailbox])
  expect(messageIds.filter((id) => places.get(id)?.length !== 1)).toEqual([])
  expect(messageIds.filter((id) => decided.get(id)?.length !== 1)).toEqual([])
  const astray = messageIds.filter((id) => places.get(id)?.[0] !== decided.get(id)?.[0])
  expect(astray.map((id) => ({ id, is: places.get(id), said: decided.get(id) }))).toEqual([])
}
