import { HEURISTICS } from '../core/heuristics/table.ts'
import type { ClassifierSettings } from '../core/settings.ts'

/** config/heuristics.yaml as text: every weight with what it stands for, by family. */
export function settingsYaml({ thresholds, bias, words, weights }: ClassifierSettings): string {
  const families = [...new Set(HEURISTICS.map(({ family }) => family))]
  return [
    '# What each piece of evidence is worth. Written by `npm run train`; a file named by WORTHWHILE_CONFIG may override any of it.',
    '# Weights are log-odds (natural logarithm) at full strength: positive speaks for valuable, negative for noise.',
    '',
    '# Probabilities that a message is valuable: noise below the first, valuable from the second, unsure between them.',
    'thresholds:',
    `  noiseBelow: ${thresholds.noiseBelow}`,
    `  valuableFrom: ${thresholds.valuableFrom}`,
    '',
    '# Where every account starts.',
    `bias: ${bias}`,
    '',
    "# The naive Bayes part: the reader's own counts over the shipped ones.",
    'words:',
    ...Object.entries(words).map(([name, value]) => `  ${name}: ${value}`),
    '',
    'weights:',
    ...families.flatMap((family) => [`  # ${family}`, ...familyLines(family, weights)]),
    '',
  ].join('\n')
}

function familyLines(family: string, weights: ClassifierSettings['weights']): string[] {
  return HEURISTICS.filter((heuristic) => heuristic.family === family).map(
    ({ name, text }) => `  ${name}: ${weights[name] ?? 0} # ${text}`,
  )
}
