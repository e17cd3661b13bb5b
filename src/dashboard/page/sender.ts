/** A From field taken apart. */
export interface Sender {
  /** '' when there is none. */
  readonly name: string
  /** '' when there is none. */
  readonly address: string
  /** The part after the @, lower case. */
  readonly domain: string
}

/** Takes "Name <address>" or "address" apart. */
export function senderOf(from: string): Sender {
  const [, name = '', bracketed] = /^(.*)<([^<>]*)>\s*$/s.exec(from) ?? []
  const address = (bracketed ?? from).trim()
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  return { name: name.trim().replace(/^"(.*)"$/s, '$1'), address, domain: address.includes('@') ? domain : '' }
}

/** What to call a sender in a list: a name that poses as an address is not believed. */
export function callName({ name, address }: Sender): string {
  return name === '' || name.includes('@') ? address : name
}
