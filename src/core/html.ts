import { MAX_LINKS } from './limits.ts'

export interface Link {
  readonly href: string
  /** Host in lower case, '' when the link is not http. */
  readonly host: string
  /** The visible words of the anchor. */
  readonly text: string
}

/** HTML as a person sees it, found in one linear pass. */
export interface HtmlReading {
  /** Visible text; quoted blocks start with `> `. */
  readonly visible: string
  /** Text that is in the source but not on the screen. */
  readonly hidden: string
  readonly links: readonly Link[]
  readonly images: number
  /** Hosts of images of one pixel or none: they report the opening of the mail. */
  readonly pixelHosts: readonly string[]
  /** Tables, a mark of designed mail. */
  readonly tables: number
}

const VOID = new Set(['br', 'img', 'hr', 'meta', 'link', 'input', 'area', 'base', 'col', 'wbr', 'source'])
const UNREAD = new Set(['style', 'script', 'title', 'noscript', 'xml', 'svg', 'template'])
const BLOCK = new Set(
  'p div tr li ul ol table h1 h2 h3 h4 h5 h6 blockquote pre section header footer article center dd dt form'.split(' '),
)
const HIDING =
  /display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0*[01]?(?:px|pt|em)?\s*(?:[;"'!]|$)|max-height\s*:\s*0|opacity\s*:\s*0(?:\.0+)?\s*(?:[;"'!]|$)|mso-hide\s*:\s*all|\shidden(?:[\s>=]|$)/i
const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  zwnj: '',
  zwj: '',
  shy: '',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  euro: '€',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  agrave: 'à',
  ccedil: 'ç',
  ntilde: 'ñ',
  iacute: 'í',
  oacute: 'ó',
  uacute: 'ú',
  aacute: 'á',
  ecirc: 'ê',
  ocirc: 'ô',
  rsquo: '’',
  lsquo: '‘',
  ldquo: '“',
  rdquo: '”',
  bull: '•',
  copy: '©',
}

/** Decodes character references (HTML 13.5), the common names and every number. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#[xX]?[0-9a-fA-F]{1,7}|[a-zA-Z]{2,8});/g, (whole, name: string) => {
    if (name[0] !== '#') return ENTITIES[name] ?? whole
    const code = name[1] === 'x' || name[1] === 'X' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    return code > 31 && code < 0x110000 && !(code >= 0xd800 && code < 0xe000) ? String.fromCodePoint(code) : ' '
  })
}

/** One pass over the source; never throws, never slower than linear in its length (unclosed tags and quotes are given up at once). */
export function readHtml(html: string): HtmlReading {
  const pass = new Pass()
  let at = 0
  while (at < html.length) {
    const open = html.indexOf('<', at)
    if (open < 0) break
    if (open > at) pass.text(html.slice(at, open))
    at = pass.markup(html, open)
  }
  if (at < html.length) pass.text(html.slice(at))
  return pass.result()
}

class Pass {
  #visible: string[] = []
  #hidden: string[] = []
  #links: Link[] = []
  #anchor: { href: string; words: string[] } | null = null
  #images = 0
  #tables = 0
  #pixels: string[] = []
  #quoteDepth = 0
  #hiddenTag = ''
  #hiddenDepth = 0
  #lineStart = true
  #gone = new Set<string>()

  text(raw: string) {
    const decoded = decodeEntities(raw).replace(/\s+/g, ' ')
    if (this.#hiddenDepth > 0) {
      if (decoded.trim()) this.#hidden.push(decoded)
      return
    }
    if (this.#lineStart && decoded === ' ') return
    if (this.#lineStart && this.#quoteDepth > 0) this.#visible.push('> ')
    this.#lineStart = false
    this.#visible.push(decoded)
    this.#anchor?.words.push(decoded)
  }

  /** Reads the construct at `open` and returns where the text goes on. */
  markup(html: string, open: number): number {
    if (html.startsWith('<!--', open)) return this.#after(html, '-->', open + 4)
    const second = html.charCodeAt(open + 1)
    const letter = (second | 32) >= 97 && (second | 32) <= 122
    if (!letter && second !== 47 && second !== 33 && second !== 63) {
      this.text('<')
      return open + 1
    }
    const end = tagEnd(html, open, this.#gone)
    if (end < 0) return html.length
    return this.#tag(html, html.slice(open + 1, end), end + 1)
  }

  #after(html: string, mark: string, from: number): number {
    const found = this.#gone.has(mark) ? -1 : html.indexOf(mark, from)
    if (found < 0) this.#gone.add(mark)
    return found < 0 ? html.length : found + mark.length
  }

  #tag(html: string, inner: string, next: number): number {
    const closing = inner[0] === '/'
    const name = (/^\/?([a-zA-Z][a-zA-Z0-9:]*)/.exec(inner)?.[1] ?? '').toLowerCase()
    if (!closing && UNREAD.has(name)) return this.#skip(html, name, next)
    if (this.#hiddenDepth > 0) this.#trackHidden(name, closing, inner)
    else if (!closing && !VOID.has(name) && inner.length > name.length + 5 && HIDING.test(inner)) this.#hide(name)
    if (closing) this.#close(name)
    else this.#open(name, inner)
    return next
  }

  /** Leaves out everything up to the closing tag of an element nobody reads. */
  #skip(html: string, name: string, from: number): number {
    const close = new RegExp(`</${name}\\s*>`, 'gi')
    close.lastIndex = from
    const key = `</${name}`
    const found = this.#gone.has(key) ? null : close.exec(html)
    if (!found) this.#gone.add(key)
    return found ? close.lastIndex : name === 'title' || name === 'xml' ? from : html.length
  }

  #hide(name: string) {
    this.#hiddenTag = name
    this.#hiddenDepth = 1
  }

  #trackHidden(name: string, closing: boolean, inner: string) {
    if (name !== this.#hiddenTag || inner.endsWith('/')) return
    this.#hiddenDepth += closing ? -1 : 1
  }

  #open(name: string, inner: string) {
    if (name === 'a') this.#anchor = { href: attribute(inner, 'href'), words: [] }
    else if (name === 'img') this.#image(inner)
    else if (name === 'table') this.#tables++
    else if (name === 'blockquote') this.#quoteDepth++
    if (name === 'br' || BLOCK.has(name)) this.#newLine()
    if (name === 'td' || name === 'th') this.text(' ')
  }

  #close(name: string) {
    if (name === 'a') this.#endAnchor()
    if (name === 'blockquote') this.#quoteDepth = Math.max(0, this.#quoteDepth - 1)
    if (BLOCK.has(name)) this.#newLine()
  }

  #newLine() {
    if (this.#hiddenDepth > 0) return
    this.#visible.push('\n')
    this.#lineStart = true
  }

  #image(inner: string) {
    this.#images++
    const size = (attribute(inner, 'width') || '9') + attribute(inner, 'height')
    const tiny = /^[01](?:px)?[01]?(?:px)?$/.test(size) || /(?:width|height)\s*:\s*[01]px/i.test(inner)
    if (tiny && this.#pixels.length < 20) this.#pixels.push(hostOf(attribute(inner, 'src')))
  }

  #endAnchor() {
    const anchor = this.#anchor
    this.#anchor = null
    if (!anchor || anchor.href === '' || this.#links.length >= MAX_LINKS) return
    this.#links.push({
      href: anchor.href.slice(0, 2000),
      host: hostOf(anchor.href),
      text: anchor.words.join('').trim().slice(0, 300),
    })
  }

  result(): HtmlReading {
    if (this.#anchor) this.#endAnchor()
    const visible = this.#visible
      .join('')
      .replace(/[ \t]+\n/g, '\n')
      .replace(/\n{3,}/g, '\n\n')
    return {
      visible: visible.trim(),
      hidden: this.#hidden
        .join(' ')
        .replace(/(?:\s|[\u200b-\u200f\u2060\ufeff\u00ad]|\u034f)+/g, ' ')
        .trim(),
      links: this.#links,
      images: this.#images,
      pixelHosts: this.#pixels,
      tables: this.#tables,
    }
  }
}

/** Index of the > that ends the tag at `open`, minding quoted values; -1 when the tag never ends. */
function tagEnd(html: string, open: number, gone: Set<string>): number {
  const plain = gone.has('>') ? -1 : html.indexOf('>', open)
  if (plain < 0) {
    gone.add('>')
    return -1
  }
  let quote = ''
  const limit = Math.min(html.length, open + 3000)
  for (let at = open + 1; at < limit; at++) {
    const char = html[at]!
    if (quote) {
      if (char === quote) quote = ''
    } else if (char === '>') return at
    else if ((char === '"' || char === "'") && html[at - 1] === '=') quote = char
  }
  return plain
}

function attribute(inner: string, name: string): string {
  const at = inner.toLowerCase().indexOf(`${name}=`)
  if (at < 0) return ''
  const rest = inner.slice(at + name.length + 1)
  const quote = rest[0]
  if (quote === '"' || quote === "'")
    return decodeEntities(rest.slice(1, rest.indexOf(quote, 1) < 0 ? undefined : rest.indexOf(quote, 1)))
  return decodeEntities(/^[^\s>]*/.exec(rest)?.[0] ?? '')
}

/** Host of an http(s) address in lower case, '' for anything else. */
export function hostOf(url: string): string {
  return /^\s*https?:\/\/(?:[^@/\s?#]*@)?([^/:?#\s]{1,255})/i.exec(url.slice(0, 600))?.[1]?.toLowerCase() ?? ''
}
