/**
 * Characters that change how the text around them is shown, or that show nothing at all: controls, directional
 * embeddings, overrides and isolates, zero-width spaces, soft hyphens, tags and private-use fillers (Unicode TR36).
 * Zero-width joiners stay: emoji and several scripts are written with them.
 */
const DECEPTIVE =
  /[\p{Cc}\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]+/gu
const BLANK = /[\s\u0085]+/g
/** Marks stacked on one letter reach into other lines. */
const STACKED = /(\p{M}{3})\p{M}+/gu

/** Stands for what was taken out, so that a trick is seen as one. */
const TAKEN_OUT = '\ufffd'

/**
 * Text from a mail as it may be shown: one line, nothing hidden or reordering, at most `max` characters (whole code
 * points), the cut marked with an ellipsis.
 */
export function inert(text: string, max: number): string {
  const safe = text
    .slice(0, 4 * max)
    .replace(BLANK, ' ')
    .replace(DECEPTIVE, TAKEN_OUT)
    .replace(STACKED, '$1')
    .trim()
  const points = [...safe]
  if (points.length <= max && text.length <= 4 * max) return safe
  return `${points
    .slice(0, max - 1)
    .join('')
    .trimEnd()}…`
}
