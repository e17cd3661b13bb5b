/** What the outside world knows of one delivered message. */
export interface Delivered {
  readonly messageId: string
  /** SHA-256 of the body part that no server touches: everything from the message's own first header on. */
  readonly digest: string
  /** Between these times (ms since 1970) the server took it in. */
  readonly takenIn: readonly [number, number]
  /** Flags that the reader set. */
  readonly flags: Set<string>
  /** Flags that the reader may have set: the message moved away at that very moment. */
  readonly maybeFlags: Set<string>
  /** Where the reader put it last; null when they left it to the service. */
  placed: string | null
  /** `maybe`: the reader deleted one copy while the service was carrying the message somewhere else. */
  deleted: 'no' | 'yes' | 'maybe'
  /** How often it was delivered, byte for byte. */
  copies: number
}
