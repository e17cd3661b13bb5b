/** Every limit, time-out and budget of the service, with its unit and reason. */

/** Bytes of a message's source read in the first round trip; p99 of real mail is 34 KB, and parsing time grows with it. */
export const MAX_SOURCE_BYTES = 64 * 1024
/** Bytes read of each text part of a message larger than that. */
export const MAX_TEXT_PART_BYTES = 64 * 1024
/** Text parts read of one message; hostile mail may carry thousands. */
export const MAX_TEXT_PARTS = 8
/** Bytes of a message posted to /v1/classify. */
export const MAX_CLASSIFY_BYTES = 2 * 1024 * 1024
/** Bytes of any other request body. */
export const MAX_BODY_BYTES = 64 * 1024

/** ms until a TCP connection, a greeting or a login to an IMAP server is given up. */
export const IMAP_CONNECT_TIMEOUT_MS = 15_000
/** ms until one IMAP command is given up and its connection dropped. */
export const IMAP_COMMAND_TIMEOUT_MS = 30_000
/** ms without any byte from the server before a socket counts as dead (imapflow notices an idle one after twice that). */
export const IMAP_SOCKET_TIMEOUT_MS = 60_000
/** ms after a command until the library idles by itself; its default of 15 s leaves the connection deaf meanwhile. */
export const IMAP_AUTO_IDLE_DELAY_MS = 200
/** ms between proofs of life on an idling connection; with the time-out below a frozen link is noticed within 50 s. */
export const HEARTBEAT_INTERVAL_MS = 30_000
export const HEARTBEAT_TIMEOUT_MS = 20_000
/** ms between looks at a mailbox whose server has no IDLE. */
export const POLL_INTERVAL_MS = 10_000
/** ms between sweeps that compare the mailbox with what was decided. */
export const SWEEP_INTERVAL_MS = 120_000
/** First and longest pause between attempts to reach a server, in ms; doubled each time, with jitter. */
export const RECONNECT_MIN_MS = 1_000
export const RECONNECT_MAX_MS = 60_000
/** Pause after a refused login, in ms: quick retries lock accounts. */
export const AUTH_RETRY_MIN_MS = 60_000
export const AUTH_RETRY_MAX_MS = 30 * 60_000
/** ms a worker keeps an unused IMAP connection, so that the next message need not wait for a login. */
export const WORKER_CONNECTION_IDLE_MS = 5 * 60_000

/** Lease on watching one account: TTL and renewal in ms. A dead holder is replaced within TTL + one round. */
export const LEASE_TTL_MS = 10_000
export const LEASE_RENEW_MS = 3_000

/** Messages enqueued by one call, so that a backlog never sits in memory whole. */
export const ENQUEUE_BATCH = 250
/** ms until a Redis command of the service counts as failed. */
export const REDIS_COMMAND_TIMEOUT_MS = 5_000
/** ms a job's lock lives without renewal; a killed worker's message is taken up again after this plus one check. */
export const JOB_LOCK_MS = 10_000
export const JOB_STALLED_CHECK_MS = 5_000
/** Times a job may lose its worker before it is given up (its message stays in the inbox). */
export const JOB_MAX_STALLED = 20
/** Attempts at a job that fails with a retryable error; with the exponential delay below the last comes after about half an hour. */
export const JOB_ATTEMPTS = 10
export const JOB_BACKOFF_MS = 2_000
/** ms a stopping process waits for the messages it holds. */
export const SHUTDOWN_GRACE_MS = 10_000

/** Old messages read at a time at first contact. */
export const LEARN_BATCH = 50

/** ms a new message waits at most for the first learning; after that its sender counts as known. */
export const LEARNING_WAIT_MS = 10 * 60_000

/** Messages looked at in one go for what the reader did with them: a whole day of clean-up. */
export const MAX_NOTICED = 2_000

/** ms that an act of the reader waits for the decision on its message. */
export const DECISION_WAIT_MS = 15 * 60_000

/** Longest values kept of a decision, in characters: hostile headers must not fill the store. */
export const MAX_KEPT_SUBJECT = 300
export const MAX_KEPT_ADDRESS = 320
export const MAX_KEPT_EVIDENCE = 24
export const MAX_KEPT_WORDS = 8
export const MAX_KEPT_WORD = 200

/** Days the bare facts of a decision (no sender, subject or words) stay, for idempotency and counts. */
export const FACTS_RETENTION_DAYS = 400
