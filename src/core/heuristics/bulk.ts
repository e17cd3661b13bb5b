import { organisationOf } from '../addresses.ts'
import type { Message } from '../message.ts'
import type { Heuristic } from './heuristic.ts'
import { upTo, when } from './heuristic.ts'

/** Header names that services for mass and campaign mail leave behind. */
const CAMPAIGN_HEADER =
  /^(?:x-(?:campaign|mc-|mailgun|sg-|sendgrid|ses-|csa-|mailer-|report-abuse|feedback-id|hubspot|hs-|marketo|mktmail|mkt|binding|job|sfmc|mandrill|pm-|postmark|klaviyo|kl-|sib-|mailin|brevo|rpcampaign|cmail|cr-|et-|eid|emarsys|optivo|mailjet|mj-|cleverreach|sendinblue|sailthru|vr-|roving|ccm|acoustic|activecampaign|ac-|drip|convertkit|beehiiv|substack|iterable|customerio|cio|braze|intercom|auto-response)|feedback-id|precedence|list-|x-list|x-mailing)/
/** Programs and services that send sales sequences. */
const SALES_TOOL =
  /outreach\.io|salesloft|apollo\.io|apollomail|lemlist|instantly|smartlead|mailshake|woodpecker|reply\.io|yesware|hubspot|saleshandy|klenty|quickmail|snov|mixmax|close\.io|lemtrack|sendspark|vidyard|chilipiper|calendly|cal\.com|savvycal|hubs\.ly|gmass|yamm|streak|pipedrive|groove\.co|zoominfo/i
const TRACKING_HOST =
  /^(?:t|trk|track|tracking|click|clicks|links?|go|email|e|o|open|opens|url\d*|ct|mail|em\d*|info|pixel)\./i

/** Fingerprints of mail that was sent to many. */
export const bulk: readonly Heuristic[] = [
  {
    name: 'list-mail',
    family: 'bulk',
    leans: 'noise',
    text: 'It was sent through a mailing list or mass mailer.',
    see: ({ reading }) => when(has(reading.message, 'list-unsubscribe') || has(reading.message, 'list-id')),
  },
  {
    name: 'campaign-headers',
    family: 'bulk',
    leans: 'noise',
    text: 'Its headers are those of a campaign tool.',
    see: ({ reading }) => {
      const found = [...reading.message.headers.keys()].filter(
        (name) => CAMPAIGN_HEADER.test(name) && name !== 'list-unsubscribe' && name !== 'list-id',
      )
      return found.length > 0 ? { value: upTo(3, found.length), words: found.slice(0, 4) } : null
    },
  },
  {
    name: 'precedence-bulk',
    family: 'bulk',
    leans: 'noise',
    text: 'It calls itself bulk mail.',
    see: ({ reading }) => {
      const value = reading.message.headers.get('precedence')?.[0] ?? ''
      return when(/bulk|junk|list/i.test(value), [value])
    },
  },
  {
    name: 'tracking-pixel',
    family: 'bulk',
    leans: 'noise',
    text: 'It reports back when you open it.',
    see: ({ reading }) => when((reading.html?.pixelHosts.length ?? 0) > 0, reading.html?.pixelHosts.slice(0, 2) ?? []),
  },
  {
    name: 'sales-tool',
    family: 'bulk',
    leans: 'noise',
    text: 'A tool for sales sequences or bookings sent or serves it.',
    see: ({ reading }) => {
      const places = [
        ...reading.linkHosts,
        ...(reading.html?.pixelHosts ?? []),
        reading.message.headers.get('x-mailer')?.[0] ?? '',
        reading.message.messageId ?? '',
      ]
      const found = places.find((place) => SALES_TOOL.test(place))
      return when(found !== undefined, found ? [found.slice(0, 80)] : [])
    },
  },
  {
    name: 'tracked-links',
    family: 'bulk',
    leans: 'noise',
    text: 'Its links go through a counter.',
    see: ({ reading }) => {
      const found = reading.linkHosts.filter((host) => TRACKING_HOST.test(host))
      return when(found.length > 0, found.slice(0, 3))
    },
  },
  {
    name: 'bounce-address',
    family: 'bulk',
    leans: 'noise',
    text: 'Its return address belongs to a sending service.',
    see: ({ reading }) => {
      const path = reading.message.returnPath
      const other =
        path !== null &&
        path.includes('@') &&
        organisationOf(path.slice(path.lastIndexOf('@') + 1)) !== reading.organisation
      return when(other && reading.organisation !== '', path ? [path.slice(0, 80)] : [])
    },
  },
  {
    name: 'hidden-text',
    family: 'pretence',
    leans: 'noise',
    text: 'It contains text that is not shown on screen.',
    see: ({ reading }) => {
      const hidden = reading.html?.hidden ?? ''
      return hidden.length > 20 ? { value: upTo(200, hidden.length), words: [hidden.slice(0, 60)] } : null
    },
  },
  {
    name: 'designed',
    family: 'bulk',
    leans: 'noise',
    text: 'It is laid out like an advertisement.',
    see: ({ reading }) => {
      const parts = (reading.html?.tables ?? 0) + 2 * (reading.html?.images ?? 0)
      return parts > 2 ? { value: upTo(10, parts - 2) } : null
    },
  },
  {
    name: 'many-links',
    family: 'bulk',
    leans: 'noise',
    text: 'It is full of links.',
    see: ({ reading }) => {
      const links = reading.html?.links.length ?? 0
      return links > 3 ? { value: upTo(15, links - 3) } : null
    },
  },
]

function has(message: Message, header: string): boolean {
  return message.headers.has(header)
}
