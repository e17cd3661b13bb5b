import type { BayesShape } from '../core/bayes.ts'
import type { Reader } from '../core/reader.ts'
import { readingOf } from '../core/reading.ts'
import type { ClassifierSettings } from '../core/settings.ts'
import type { JudgedInbox, JudgedMessage } from '../evaluate/judged-inbox.ts'
import { MODES, type Model, replay } from '../evaluate/replay.ts'
import { centred, centresOf } from './centres.ts'
import { type Counted, countBaseline } from './count-baseline.ts'
import { COLUMNS, featuresOf, SIGNS } from './features.ts'
import { PRIORS } from './priors.ts'
import { type Example, type Fit, fitRegression } from './regression.ts'

/** How a model is trained; every number was chosen on inboxes left out (test/evaluation-log.md). */
export interface Recipe {
  readonly shape: BayesShape
  /** Ridge penalty of a heuristic's weight and of the two word weights, in examples' worth. */
  readonly penalty: number
  readonly wordPenalty: number
  /** Given, not fitted: the inboxes show only its beginning, the stream of 6,000 messages where it leads. */
  readonly learnedWeight: number
  readonly rounds: number
  readonly thresholds: ClassifierSettings['thresholds']
  /** How much a message of a flat set counts against one judged message of an inbox. */
  readonly flatWeight: number
}

export const RECIPE: Recipe = {
  shape: {
    smoothing: 0.5,
    damping: 0.5,
    learnedSmoothing: 0.03,
    learnedDamping: 0.6,
    learnedLeast: 2,
    learnedHalf: 300,
  },
  penalty: 2,
  wordPenalty: 1,
  learnedWeight: 1.1,
  rounds: 60,
  thresholds: { noiseBelow: 0.16, valuableFrom: 0.75 },
  flatWeight: 1,
}

/** Folds that flat sets are cut into, so that the words of a message never speak for itself. */
const FLAT_FOLDS = 5

/** Trains on judged inboxes and flat sets: shipped counts from all, weights from examples whose words were counted without their own fold. */
export function trainModel(sets: readonly JudgedInbox[], recipe: Recipe = RECIPE): Model {
  const raw = examplesOf(sets, recipe)
  const centres = centresOf(raw)
  const examples = raw.map((example) => centred(example, centres))
  const penalties = COLUMNS.map((name) =>
    name === 'learned-words' ? 1e6 : name === 'words' ? recipe.wordPenalty : recipe.penalty,
  )
  const priors = PRIORS.map((prior, at) => (COLUMNS[at] === 'learned-words' ? recipe.learnedWeight : prior))
  const fit = fitRegression(examples, { signs: SIGNS, penalties, priors, rounds: recipe.rounds })
  return { baseline: { ...countBaseline(sets.flatMap(countedOf)), centres }, settings: settingsOf(fit, recipe) }
}

/** Feature rows of every labelled message, seen by a model that did not count its fold. */
export function examplesOf(sets: readonly JudgedInbox[], recipe: Recipe): Example[] {
  const folds = foldsOf(sets)
  return folds.flatMap((fold) => {
    const rest = folds.filter((other) => other !== fold).flatMap(({ messages }) => messages)
    const model = { baseline: countBaseline(rest), settings: unweighted(recipe) }
    return fold.inbox ? inboxExamples(fold.inbox, model) : flatExamples(fold.messages, model, recipe)
  })
}

interface Fold {
  readonly inbox: JudgedInbox | null
  readonly messages: Counted[]
}

function foldsOf(sets: readonly JudgedInbox[]): Fold[] {
  const inboxes = sets.filter(isInbox)
  const flat = sets.filter((set) => !isInbox(set)).flatMap(countedOf)
  const cut = Array.from({ length: FLAT_FOLDS }, (_, fold) => ({
    inbox: null,
    messages: flat.filter((_, at) => at % FLAT_FOLDS === fold),
  }))
  return [
    ...inboxes.map((inbox) => ({ inbox, messages: countedOf(inbox) })),
    ...cut.filter(({ messages }) => messages.length > 0),
  ]
}

function isInbox(set: JudgedInbox): boolean {
  return set.messages.some(({ phase }) => phase !== 'inbox')
}

export function countedOf(set: JudgedInbox): Counted[] {
  return set.messages.flatMap((judged) => {
    if (judged.label === null) return []
    return [
      {
        message: judged.message,
        label: judged.label,
        source: set.name,
        reader: judged.reader,
      },
    ]
  })
}

function inboxExamples(inbox: JudgedInbox, model: Model): Example[] {
  const examples: Example[] = []
  for (const mode of MODES) {
    replay(inbox, model, mode, ({ message, label }, around) => {
      if (label !== null)
        examples.push({
          row: featuresOf(message, around),
          valuable: label === 'valuable',
          weight: 1 / MODES.length,
          language: readingOf(message, around.reader).language,
        })
    })
  }
  return examples
}

function flatExamples(messages: readonly Counted[], model: Model, recipe: Recipe): Example[] {
  return messages.map(({ message, reader, label }) => {
    const knowledge = { counts: new Map<string, number>(), incomplete: false }
    const row = featuresOf(message, { ...model, reader, knowledge, now: message.date ?? 0 })
    return {
      row,
      valuable: label === 'valuable',
      weight: recipe.flatWeight,
      language: readingOf(message, reader).language,
    }
  })
}

function unweighted(recipe: Recipe): ClassifierSettings {
  return {
    thresholds: recipe.thresholds,
    weights: {},
    bias: 0,
    words: { ...recipe.shape, shippedWeight: 0, learnedWeight: 0 },
  }
}

function settingsOf(fit: Fit, recipe: Recipe): ClassifierSettings {
  const weight = (name: string) => rounded(fit.weights[COLUMNS.indexOf(name)]!)
  const heuristics = COLUMNS.filter((name) => !name.endsWith('words'))
  return {
    thresholds: recipe.thresholds,
    bias: rounded(fit.bias),
    weights: Object.fromEntries(heuristics.map((name) => [name, weight(name)])),
    words: { ...recipe.shape, shippedWeight: weight('words'), learnedWeight: weight('learned-words') },
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
