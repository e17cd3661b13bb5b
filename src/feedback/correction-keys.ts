import { domainOf, isFreemail, organisationOf } from '../core/addresses.ts'
import type { Scope } from '../core/corrections.ts'
import type { Message } from '../core/message.ts'
import type { Reader } from '../core/reader.ts'

/** Under which keys words about a message like this are remembered; '' where nothing can be. */
export function correctionKeys(content: string, message: Message, reader: Reader): { readonly [S in Scope]: string } {
  const sender = message.from?.address ?? ''
  const domain = organisationOf(domainOf(sender))
  const isOwn = reader.addresses.some((address) => organisationOf(domainOf(address)) === domain)
  return { message: content, sender, domain: isOwn || isFreemail(domain) ? '' : domain }
}
