/** A stretch of text, marked when it is quoted by evidence: 1 for the message, -1 against it. */
export interface Stretch {
  readonly text: string
  readonly mark: 1 | -1 | 0
}

interface Quote {
  readonly words: readonly string[]
  readonly weight: number
}

/** Shorter quotes stand everywhere by chance. */
const SHORTEST = 3

/** Cuts a text where evidence quotes it, ignoring case; of overlapping quotes the weightiest wins. */
export function markQuotes(text: string, evidence: readonly Quote[]): Stretch[] {
  const marks = new Int8Array(text.length)
  const lower = text.toLowerCase()
  // Lower case may be longer than the text in a few languages; marks would then be out of place.
  if (lower.length !== text.length) return [{ text, mark: 0 }]
  for (const { words, weight } of [...evidence].sort((a, b) => Math.abs(a.weight) - Math.abs(b.weight)))
    for (const word of words)
      if (word.length >= SHORTEST) markAll(marks, lower, word.toLowerCase(), weight > 0 ? 1 : -1)
  return stretches(text, marks)
}

function markAll(marks: Int8Array, text: string, word: string, mark: 1 | -1): void {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length))
    if (!isWithinWord(text, at, at + word.length)) marks.fill(mark, at, at + word.length)
}

function isWithinWord(text: string, start: number, end: number): boolean {
  const letter = /[\p{L}\p{N}]/u
  return letter.test(text[start - 1] ?? '') || letter.test(text[end] ?? '')
}

function stretches(text: string, marks: Int8Array): Stretch[] {
  const found: Stretch[] = []
  for (let start = 0, i = 1; i <= text.length; i++) {
    if (i < text.length && marks[i] === marks[start]) continue
    found.push({ text: text.slice(start, i), mark: (marks[start] ?? 0) as Stretch['mark'] })
    start = i
  }
  return found
}
