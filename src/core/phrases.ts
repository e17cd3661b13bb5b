import type { Word } from './words.ts'

/** A phrase of the lexicon found in a text. */
export interface Match {
  readonly concept: string
  /** Offsets in the text. */
  readonly start: number
  readonly end: number
}

/** Phrases by concept: words in lower case; `#` is any number, `*` any one word, `stem~` any word that starts so. */
export type Lexicon = Readonly<Record<string, readonly string[]>>

interface Node {
  readonly words: Map<string, Node>
  readonly starts: Map<string, Node>
  readonly concepts: string[]
}

/** Letters of a `stem~` that its look-up goes by. */
const START_LETTERS = 3

/** A compiled lexicon finds all its phrases in one pass over the words, whatever their number. */
export interface PhraseBook {
  find(words: readonly Word[]): Match[]
}

const emptyNode = (): Node => ({ words: new Map(), starts: new Map(), concepts: [] })

/** Compiles phrase lists; the same concept may come in several lexicons (one a language). */
export function phraseBook(lexicons: readonly Lexicon[]): PhraseBook {
  const root = emptyNode()
  for (const lexicon of lexicons) {
    for (const [concept, phrases] of Object.entries(lexicon))
      for (const phrase of phrases) insert(root, phrase, concept)
  }
  return {
    find: (words) => {
      const found: Match[] = []
      for (let at = 0; at < words.length; at++) matchesAt(root, words, at, found)
      return found
    },
  }
}

function insert(root: Node, phrase: string, concept: string) {
  let node = root
  for (const part of phrase.split(' ')) node = child(node, part)
  if (!node.concepts.includes(concept)) node.concepts.push(concept)
}

function child(node: Node, part: string): Node {
  const [table, key] = part.endsWith('~') ? [node.starts, part.slice(0, -1)] : [node.words, part]
  if (part.endsWith('~') && key.length < START_LETTERS)
    throw new Error(`lexicon: ${part} is shorter than ${START_LETTERS} letters`)
  const found = table.get(key) ?? emptyNode()
  table.set(key, found)
  if (table === node.starts) node.starts.set(`?${key.slice(0, START_LETTERS)}`, emptyNode())
  return found
}

/** Walks the tree from the word at `start`; most words start no phrase, so nothing is made before one does. */
function matchesAt(root: Node, words: readonly Word[], start: number, found: Match[]) {
  let frontier = step(root, words[start]?.text ?? '')
  for (let at = start; frontier !== NOWHERE; ) {
    for (const node of frontier) {
      for (const concept of node.concepts) {
        found.push({ concept, start: words[start]?.start ?? 0, end: words[at]?.end ?? 0 })
      }
    }
    at++
    const word = words[at]
    if (!word) return
    frontier = stepAll(frontier, word.text)
  }
}

const NOWHERE: readonly Node[] = []

function stepAll(nodes: readonly Node[], word: string): readonly Node[] {
  let next = NOWHERE
  for (const node of nodes) {
    const some = step(node, word)
    if (some !== NOWHERE) next = next === NOWHERE ? some : [...next, ...some]
  }
  return next
}

function step(node: Node, word: string): readonly Node[] {
  const exact = node.words.get(word)
  const any = node.words.get('*')
  const number = isDigit(word) ? node.words.get('#') : undefined
  const starts = node.starts.size > 0 && node.starts.has(`?${word.slice(0, START_LETTERS)}`)
  if (!exact && !any && !number && !starts) return NOWHERE
  const next = [exact, any, number].filter((one) => one !== undefined)
  if (starts) addStarts(node, word, next)
  return next.length > 0 ? next : NOWHERE
}

function addStarts(node: Node, word: string, next: Node[]) {
  for (let length = START_LETTERS; length <= word.length; length++) {
    const found = node.starts.get(word.slice(0, length))
    if (found) next.push(found)
  }
}

function isDigit(word: string): boolean {
  const code = word.charCodeAt(0)
  return code >= 48 && code <= 57
}
