import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { classify, questionsAbout } from '../core/classify.ts'
import type { Counts } from '../core/counts.ts'
import { lessonOfVerdict } from '../core/lessons.ts'
import type { Message } from '../core/message.ts'
import type { Reader } from '../core/reader.ts'
import { parseMessage } from '../parse.ts'
import { loadBaseline, loadClassifierSettings } from '../settings/classifier-files.ts'
import { packageFile } from '../settings/package-file.ts'
import { MemoryCounts } from './memory-counts.ts'

const READER: Reader = { addresses: ['reader@reader.example'], authservId: 'none' }
/** Files read at most, and what of each: as much as the service fetches of a message. */
const MAX_FILES = 1500
const MAX_SOURCE_BYTES = 64 * 1024

/**
 * Messages a second on one core: `parse` raw bytes; `classify` (tokenise, observe, classify) with nothing learned, `classifyLearned` the
 * same with everything learned, to show that speed does not depend on it; `ask` the same with the look-up of its counters in memory;
 * `learn` (tokenise, lesson, apply). `directory` holds .eml files, at any depth; the shipped training mail when it does not exist.
 */
export async function benchClassifier(directory: string): Promise<Record<string, number>> {
  const raws = rawMessages(existsSync(directory) ? directory : fileURLToPath(packageFile('config/training/')))
  await timed(raws.slice(0, 200), parseMessage)
  const messages: Message[] = []
  const parse = await timed(raws, async (raw) => messages.push(await parseMessage(raw)))
  const model = { baseline: loadBaseline(), settings: loadClassifierSettings({}) }
  const counts = new MemoryCounts()
  const judge = (message: Message, asked: Counts = NOTHING) =>
    classify(message, {
      ...model,
      reader: READER,
      knowledge: { counts: asked, incomplete: false },
      now: message.date ?? 0,
    })
  const known = (message: Message) => counts.read(questionsAbout(message, READER))
  for (const message of copies(messages).slice(0, 300)) judge(message)
  const first = await timed(copies(messages), (message) => judge(message))
  const learn = await timed(copies(messages), (message) =>
    counts.apply(lessonOfVerdict(message, verdictFor(message), READER)),
  )
  const answered = messages.map((message) => ({ message: { ...message }, asked: known(message) }))
  const classifyLearned = await timed(answered, ({ message, asked }) => judge(message, asked))
  const ask = await timed(copies(messages), (message) => judge(message, known(message)))
  return { messages: raws.length, parse, classify: first, learn, classifyLearned, ask }
}

const NOTHING: Counts = new Map()

/** Any verdict will do, as long as both occur. */
function verdictFor(message: Message): 'valuable' | 'noise' {
  return message.subject.length % 2 === 0 ? 'valuable' : 'noise'
}

/** New objects, so that nothing remembered with a message helps. */
function copies(messages: readonly Message[]): Message[] {
  return messages.map((message) => ({ ...message }))
}

/** Items a second, rounded. */
async function timed<T>(items: readonly T[], work: (item: T) => unknown): Promise<number> {
  const start = process.hrtime.bigint()
  for (const item of items) {
    const result = work(item)
    if (result instanceof Promise) await result
  }
  return Math.round(items.length / (Number(process.hrtime.bigint() - start) / 1e9))
}

function rawMessages(directory: string): Buffer[] {
  const files: string[] = []
  const walk = (folder: string) => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name)
      if (statSync(path).isDirectory()) walk(path)
      else if (name.endsWith('.eml') && files.length < MAX_FILES) files.push(path)
    }
  }
  walk(directory)
  return files.map((file) => readFileSync(file).subarray(0, MAX_SOURCE_BYTES))
}
