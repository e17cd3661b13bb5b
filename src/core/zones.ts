/** A message's text by who wrote it and when: only what the sender wrote now is judged. */
export interface Zones {
  /** What the sender wrote for this message. */
  readonly fresh: string
  /** Earlier mail carried along below or between. */
  readonly quoted: string
  /** A message passed on to the reader, when the sender added few words of their own. */
  readonly forwarded: string
  /** Name, role, address, legal notice. */
  readonly signature: string
}

const ATTRIBUTION =
  /^(?:>\s*)?(?:(?:on|am|le|el|il|op|den|em)\s.{4,160}(?:wrote|schrieb|écrit|ecrit|escribió|escribio|scritto|schreef|skrev|escreveu)\b.{0,120}:?|-{2,}\s*(?:original|ursprüngliche|message d'origine|mensaje original).*|_{20,}|-{3,}\s*(?:on|am|le|el)\s.{4,120}(?:wrote|schrieb|écrit|escribió)\b.{0,10}-{2,})\s*$/i
const FORWARD =
  /^-{2,}\s*(?:forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|begin forwarded).*$|^begin forwarded message:|^anfang der weitergeleiteten/i
const HEADER_FROM = /^(?:from|von|de|van|da)\s?:\s.+/i
const HEADER_NEXT =
  /^(?:sent|date|gesendet|datum|envoyé|date|enviado|fecha|to|an|à|para|subject|betreff|objet|asunto)\s?:\s/i
const CLOSING =
  /^(?:(?:best|kind|warm|warmest|many)?\s?(?:regards|wishes|thanks)|best|thanks|thank you|cheers|sincerely|yours(?: \p{L}+)?|all the best|talk soon|rgds|br|(?:mit )?(?:\p{L}+ )?(?:freundliche[nr]?|beste[nr]?|herzliche[nr]?|liebe[nr]?|viele[nr]?|schöne[nr]?|sonnige[nr]?) gr(?:ü|ue)(?:ß|ss)en?.{0,30}|gruß|grüße|mfg|lg|vg|(?:bien )?cordialement|bien à vous|salutations.{0,30}|amicalement|(?:un )?(?:cordial )?saludos?(?: cordial(?:es)?)?|atentamente|un abrazo|abrazos?)\s*[,.!]?\s*$/iu
const MOBILE =
  /^(?:sent from my|gesendet von|von meinem|envoyé de mon|enviado desde|get outlook for|gesendet mit|sent with|envoyé depuis)\b/i
const LEGAL =
  /^(?:confidential|disclaimer|this (?:e-?mail|message|communication)(?:,)? (?:and|is|was|may|contains)|diese (?:e-?mail|nachricht) (?:enthält|und|ist)|ce (?:message|courriel)|este (?:mensaje|correo)|the information (?:contained )?in this|vertraulichkeit|amtsgericht|handelsregister|registered (?:in|office)|geschäftsführer:)/i

/** Splits by lines, in one pass. */
export function zonesOf(text: string): Zones {
  const lines = text.split(/\r?\n/)
  const fresh: string[] = []
  const quoted: string[] = []
  let forwardAt = -1
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.slice(0, 2000)
    if (FORWARD.test(line)) {
      forwardAt = at
      break
    }
    if (ATTRIBUTION.test(line) || startsHeaderBlock(lines, at)) {
      quoted.push(...lines.slice(at))
      break
    }
    if (line.startsWith('>')) quoted.push(line)
    else fresh.push(line)
  }
  const [body, signature] = splitSignature(fresh)
  const forwarded = forwardAt < 0 ? '' : lines.slice(forwardAt + 1).join('\n')
  return { fresh: body.join('\n').trim(), quoted: quoted.join('\n'), forwarded, signature: signature.join('\n') }
}

function startsHeaderBlock(lines: readonly string[], at: number): boolean {
  const line = lines[at]!.slice(0, 400)
  if (!HEADER_FROM.test(line)) return false
  return HEADER_NEXT.test((lines[at + 1] ?? '').slice(0, 400)) || HEADER_NEXT.test((lines[at + 2] ?? '').slice(0, 400))
}

/** The signature starts at `-- `, a mobile line, a legal notice, or after a closing formula with only short lines below it. */
function splitSignature(lines: readonly string[]): [string[], string[]] {
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!.trim().slice(0, 300)
    const marked = /^--\s?$/.test(lines[at]!) || MOBILE.test(line) || (at > 0 && LEGAL.test(line))
    const closed = CLOSING.test(line) && isNameBlock(lines, at + 1)
    if (marked || closed) return [lines.slice(0, at), lines.slice(at)]
  }
  return [[...lines], []]
}

function isNameBlock(lines: readonly string[], from: number): boolean {
  const rest = lines.slice(from).filter((line) => line.trim() !== '')
  if (rest.length === 0) return true
  return (rest[0]?.trim().length ?? 0) < 60 && rest.slice(0, 3).every((line) => line.trim().length < 90)
}
