import { signal } from '@preact/signals'

export const VIEWS = ['today', 'held', 'trends', 'people', 'account'] as const
export type View = (typeof VIEWS)[number]

/** Where the reader is: a view, and the decision whose reasons are shown. */
export interface Route {
  readonly view: View
  readonly id?: string
}

/** `#/held/ID`; `#/why/ID`, which links from elsewhere use, opens among today's. */
export function parseRoute(hash: string): Route {
  const [, first = '', id = ''] = hash.replace(/^#/, '').split('/')
  const view = VIEWS.find((name) => name === first) ?? 'today'
  return id === '' ? { view } : { view, id: decodeOr(id) }
}

function decodeOr(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // Not encoded as a link of ours is: taken as it stands, it names no decision.
    return text
  }
}

export const hrefOf = ({ view, id }: Route) => `#/${view}${id ? `/${encodeURIComponent(id)}` : ''}`

export const route = signal<Route>(parseRoute(location.hash))

export function followHash(): void {
  addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash)
  })
}

/** Shows another place without a new entry in the browser's history. */
export function goQuietly(to: Route): void {
  location.replace(hrefOf(to))
}

export function go(to: Route): void {
  location.hash = hrefOf(to)
}
