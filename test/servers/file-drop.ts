import { randomUUID } from 'node:crypto'
import { chown, mkdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Dovecot } from '../../src/demo/dovecot.ts'

/**
 * Puts a raw message into a user's INBOX as another program would: written to Maildir/tmp, then renamed into
 * Maildir/new. The server must have been started with the format maildir. Creates the Maildir when the user never
 * logged in.
 */
export async function dropFile(dovecot: Dovecot, user: string, raw: string | Buffer): Promise<void> {
  const maildir = dovecot.maildir(user)
  await makeMaildir(dovecot, maildir)
  const name = `${Date.now()}.${randomUUID()}.localhost`
  const unfinished = path.join(maildir, 'tmp', name)
  await writeFile(unfinished, raw)
  await giveToOwner(dovecot, unfinished)
  await rename(unfinished, path.join(maildir, 'new', name))
}

async function makeMaildir(dovecot: Dovecot, maildir: string): Promise<void> {
  const folders = [path.dirname(maildir), maildir, ...['tmp', 'new', 'cur'].map((name) => path.join(maildir, name))]
  for (const folder of folders) {
    const made = await mkdir(folder, { recursive: true, mode: 0o700 })
    if (made !== undefined) await giveToOwner(dovecot, made)
  }
}

async function giveToOwner({ owner }: Dovecot, file: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(file, owner.uid, owner.gid)
}
