import { getDomain, getDomainWithoutSuffix } from 'tldts'

/** Mail hosts where anyone can have an address: a domain there says nothing about its owner. */
const FREEMAIL = new Set(
  `gmail.com googlemail.com outlook.com outlook.de outlook.fr outlook.es hotmail.com hotmail.fr hotmail.es hotmail.de hotmail.co.uk live.com
  live.fr live.de msn.com yahoo.com yahoo.fr yahoo.es yahoo.de yahoo.co.uk ymail.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.at gmx.ch
  gmx.com gmx.fr web.de t-online.de freenet.de posteo.de mailbox.org proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.com orange.fr
  wanadoo.fr free.fr laposte.net sfr.fr bbox.fr neuf.fr telefonica.net terra.es movistar.es libero.it virgilio.it tiscali.it bluewin.ch
  hispeed.ch comcast.net verizon.net att.net sbcglobal.net cox.net btinternet.com sky.com mail.com zoho.com fastmail.com hey.com yandex.com
  yandex.ru mail.ru qq.com 163.com 126.com naver.com seznam.cz wp.pl o2.pl`.split(/\s+/),
)

const organisations = new Map<string, string>()

/** The part after the last @, '' when there is none. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1 || address.length)
}

/** The registrable domain (RFC 7489 3.2), e.g. `mail.shop.co.uk` -> `shop.co.uk`; the host itself when it has none. */
export function organisationOf(host: string): string {
  const known = organisations.get(host)
  if (known !== undefined) return known
  if (organisations.size > 20_000) organisations.clear()
  const found = (host.length < 256 ? getDomain(host, { allowPrivateDomains: false }) : null) ?? host
  organisations.set(host, found)
  return found
}

/** The name of an organisation without its public suffix: `news.lanewright.co.uk` -> `lanewright`. */
export function nameOfDomain(host: string): string {
  return getDomainWithoutSuffix(host.slice(0, 255)) ?? organisationOf(host).split('.')[0] ?? ''
}

export function isFreemail(domain: string): boolean {
  return FREEMAIL.has(domain) || FREEMAIL.has(organisationOf(domain))
}
