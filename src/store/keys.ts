/** Every key name of the service, spelled once. All keys of one account share a hash tag, so that they live on one cluster node. */
export const keys = {
  /** string: made anew when the store was empty; tells a wiped store from a deleted account. */
  epoch: 'ww:epoch',
  /** set of account ids. */
  accounts: 'ww:accounts',
  /** pub/sub channel: an account was added, changed or removed; the payload is its id. */
  accountsChanged: 'ww:accounts-changed',
  /** JSON of `Account`. */
  account: (id: string) => `ww:{${id}}:account`,
  /** sealed password. */
  credential: (id: string) => `ww:{${id}}:credential`,
  /** hash: what the poller and the learner last saw. */
  status: (id: string) => `ww:{${id}}:status`,
  /** string: the poller process that watches the account; expires. */
  lease: (id: string) => `ww:{${id}}:lease`,
  /** hash: uidValidity and doneUid of INBOX; noise and junk: JSON of how far they were looked through. */
  position: (id: string) => `ww:{${id}}:position`,
  /** sorted set `uidValidity.uid` by UID: INBOX messages whose answer or flag was noticed. */
  handled: (id: string) => `ww:{${id}}:handled`,
  /** sorted set of UIDs: INBOX messages above doneUid that have a decision. */
  decided: (id: string) => `ww:{${id}}:decided`,
  /** sorted set of decision ids by the time of decision. */
  decisions: (id: string) => `ww:{${id}}:decisions`,
  /** hash: the facts of a decision. */
  facts: (id: string, decision: string) => `ww:{${id}}:facts:${decision}`,
  /** JSON of what a decision quotes: sender, subject, evidence; expires after the retention time. */
  quotes: (id: string, decision: string) => `ww:{${id}}:quotes:${decision}`,
  /** string: keyed hash of a message's headers to its decision id. */
  content: (id: string, hash: string) => `ww:{${id}}:content:${hash}`,
  /** hash `uidValidity.uid` of a message in the Noise mailbox to the decision that put it there. */
  filed: (id: string) => `ww:{${id}}:filed`,
  /** hash bucket of learned counters: 6-byte name to integer. */
  counts: (id: string, bucket: number) => `ww:{${id}}:counts:${bucket}`,
  /** hash: scope and key to JSON of `Correction`. */
  corrections: (id: string) => `ww:{${id}}:corrections`,
  /** hash: learned mailbox to JSON of `Progress`. */
  learning: (id: string) => `ww:{${id}}:learning`,
  /** hash of counters of one UTC day. */
  stats: (id: string, day: string) => `ww:{${id}}:stats:${day}`,
  /** every key of an account, for erasing it. */
  everythingOf: (id: string) => `ww:{${id}}:*`,
} as const
