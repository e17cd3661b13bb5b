import type { Dovecot } from '../../src/demo/dovecot.ts'
import { LmtpClient } from '../../src/demo/lmtp.ts'
import { readSampleMailbox } from '../../src/demo/sample-mail.ts'
import { asReader } from '../servers/mailboxes.ts'
import type { ServiceClient } from '../service/client.ts'

/** Protects the sample executive's mailbox, has its mail arrive, and resolves when all of it is judged. */
export async function sampleInbox(dovecot: Dovecot, client: ServiceClient, user: string): Promise<void> {
  const { reader, sent, history, arriving } = readSampleMailbox(Date.now())
  await asReader(dovecot, user, async (mailbox) => {
    for (const { raw, flags, date } of sent)
      await mailbox.append('Sent', Buffer.from(raw, 'latin1'), [...flags], new Date(date))
    for (const { raw, flags, date } of history)
      await mailbox.append('INBOX', Buffer.from(raw, 'latin1'), [...flags], new Date(date))
  })
  await client.protect(dovecot, user, { addresses: reader.addresses, authservId: reader.authserv_id })
  const lmtp = await LmtpClient.connect(dovecot.lmtpPort)
  for (const { raw } of arriving) await lmtp.deliver(user, Buffer.from(raw, 'latin1'))
  await lmtp.close()
  await client.settled(user, arriving.length)
}
