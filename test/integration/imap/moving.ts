import { afterAll, beforeAll } from 'vitest'
import { type capabilityProfiles, type Dovecot, startDovecot } from '../../../src/demo/dovecot.ts'
import type { Claim } from '../../../src/imap/move.ts'
import { message, newMessageId } from '../../servers/message.ts'
import { type Arrangement, arranged, Claims, everything, readers, takeTurns } from './arrangement.ts'
import { startWiretap, type Wiretap } from './wiretap.ts'

export type Profile = keyof typeof capabilityProfiles

/** Whose mailbox on which server. */
export type Owner = Pick<Arrangement, 'dovecot' | 'user'>

/** One server for each profile, started before the tests of a file and removed after them. */
export class Servers {
  readonly #servers = new Map<Profile, { dovecot: Dovecot; next: () => string }>()

  constructor(profiles: readonly Profile[]) {
    beforeAll(async () => {
      for (const profile of profiles) {
        const dovecot = await startDovecot({ profile, users: readers(30) })
        this.#servers.set(profile, { dovecot, next: takeTurns(dovecot) })
      }
    })
    afterAll(async () => {
      for (const { dovecot } of this.#servers.values()) await dovecot.cleanup()
    })
  }

  /** A fresh mailbox. */
  take(profile: Profile): Owner {
    const server = this.#servers.get(profile)
    if (server === undefined) throw new Error(`There is no server with the profile ${profile}.`)
    return { dovecot: server.dovecot, user: server.next() }
  }

  /** Plays on a fresh mailbox. */
  async on(profile: Profile, act: (it: Arrangement) => Promise<void>): Promise<void> {
    const { dovecot, user } = this.take(profile)
    await arranged(dovecot, user, act)
  }

  /** The same with every line of the service's connection in our hands. */
  async tapped(profile: Profile, act: (it: Arrangement, tap: Wiretap) => Promise<void>): Promise<void> {
    const { dovecot, user } = this.take(profile)
    const tap = await startWiretap(dovecot.port)
    try {
      await arranged(dovecot, user, (it) => act(it, tap), tap.port)
    } finally {
      await tap.close()
    }
  }
}

export const NOISE = 'Worthwhile/Noise'

export const toNoise = ({ mailboxes }: Arrangement) => ({ source: mailboxes.inbox, destination: mailboxes.noise })

export const mail = (subject: string) => message({ subject })

const claims = new Map<string, Claims>()

/** A claim of a decision of its own among all that concern the same account. */
export function anyClaim({ dovecot, user }: Owner): Claim {
  const account = `${user} ${dovecot.port}`
  const known = claims.get(account) ?? new Claims()
  claims.set(account, known)
  return known.by(newMessageId())
}

/** Where the messages are, each as `mailbox: subject`. */
export async function places({ dovecot, user }: Owner): Promise<string[]> {
  const subject = (source: string) => /^Subject: (.*)\r$/m.exec(source)?.[1] ?? ''
  return (await everything(dovecot, user)).map(({ path, source }) => `${path}: ${subject(source)}`).sort()
}
