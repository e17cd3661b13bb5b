import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadBaseline, loadClassifierSettings } from '../classifier-files.ts'
import { classify, questionsAbout } from '../core/classify.ts'
import { lessonOfVerdict } from '../core/lessons.ts'
import type { Message } from '../core/message.ts'
import type { Reader } from '../core/reader.ts'
import { packageFile } from '../package-file.ts'
import { parseMessage } from '../parse.ts'
import { MemoryCounts } from './memory-counts.ts'

const READER: Reader = { addresses: ['reader@reader.example'], authservId: 'none' }
/** Files read at most, and what of each: as much as the service fetches of a message. */
const MAX_FILES = 1500
const MAX_SOURCE_BYTES = 64 * 1024

/**
 * Messages a second on one core: `parse` raw bytes, `classify` (tokenise, observe, ask, classify, without parsing), `learn`
 * (tokenise, lesson, apply), and `classifyLearned`: classify again after everything was learned, to show that speed does not depend on it.
 * `directory` holds .eml files, at any depth; the shipped training mail when it does not exist.
 */
export async function benchClassifier(directory: string): Promise<Record<string, number>> {
  const raws = rawMessages(existsSync(directory) ? directory : fileURLToPath(packageFile('config/training/')))
  await timed(raws.slice(0, 200), parseMessage)
  const messages: Message[] = []
  const parse = await timed(raws, async (raw) => messages.push(await parseMessage(raw)))
  const model = { baseline: loadBaseline(), settings: loadClassifierSettings({}) }
  const counts = new MemoryCounts()
  const judge = (message: Message) => {
    const asked = counts.read(questionsAbout(message, READER))
    return classify(message, {
      ...model,
      reader: READER,
      knowledge: { counts: asked, incomplete: false },
      now: message.date ?? 0,
    })
  }
  copies(messages).slice(0, 200).forEach(judge)
  const first = await timed(copies(messages), judge)
  const learn = await timed(copies(messages), (message) =>
    counts.apply(lessonOfVerdict(message, message.subject.length % 2 ? 'noise' : 'valuable', READER)),
  )
  const classifyLearned = await timed(copies(messages), judge)
  return { messages: raws.length, parse, classify: first, learn, classifyLearned }
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
