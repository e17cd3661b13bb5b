/** Where a mail provider's IMAP server is, and what it wants instead of the reader's own password. */
export interface Provider {
  readonly name: string
  readonly host: string
  readonly wants: 'password' | 'app-password' | 'oauth'
}

const provider = (name: string, host: string, wants: Provider['wants'] = 'password'): Provider => ({
  name,
  host,
  wants,
})

const gmail = provider('Gmail', 'imap.gmail.com', 'app-password')
const icloud = provider('iCloud', 'imap.mail.me.com', 'app-password')
const yahoo = provider('Yahoo', 'imap.mail.yahoo.com', 'app-password')
const outlook = provider('Outlook', 'outlook.office365.com', 'oauth')
const gmx = provider('GMX', 'imap.gmx.net')
const webDe = provider('WEB.DE', 'imap.web.de')

/** Public settings of large providers by the domain of their addresses; each is on port 993 with TLS. */
const PROVIDERS: Readonly<Record<string, Provider>> = {
  'gmail.com': gmail,
  'googlemail.com': gmail,
  'icloud.com': icloud,
  'me.com': icloud,
  'mac.com': icloud,
  'yahoo.com': yahoo,
  'yahoo.fr': yahoo,
  'yahoo.es': yahoo,
  'yahoo.de': yahoo,
  'outlook.com': outlook,
  'hotmail.com': outlook,
  'live.com': outlook,
  'gmx.de': gmx,
  'gmx.net': gmx,
  'web.de': webDe,
  't-online.de': provider('Telekom', 'secureimap.t-online.de', 'app-password'),
  'fastmail.com': provider('Fastmail', 'imap.fastmail.com', 'app-password'),
  'mailbox.org': provider('mailbox.org', 'imap.mailbox.org'),
  'posteo.de': provider('Posteo', 'posteo.de'),
  'orange.fr': provider('Orange', 'imap.orange.fr'),
  'free.fr': provider('Free', 'imap.free.fr'),
}

/** The known provider of an address; undefined when its domain is not in the table. */
export function providerOf(address: string): Provider | undefined {
  return PROVIDERS[domainOf(address)]
}

/** A server worth trying for an address: its provider's, or the usual name below its domain. '' without a domain. */
export function guessHost(address: string): string {
  const domain = domainOf(address)
  return PROVIDERS[domain]?.host ?? (domain ? `imap.${domain}` : '')
}

function domainOf(address: string): string {
  return /@([^@\s]+\.[^@\s]+)$/.exec(address.trim())?.[1]?.toLowerCase() ?? ''
}
