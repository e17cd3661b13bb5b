/** One training message: its feature row, what it was, and how much it counts. */
export interface Example {
  readonly row: Float64Array
  readonly valuable: boolean
  readonly weight: number
  readonly language: string
}

export interface Fit {
  readonly weights: Float64Array
  readonly bias: number
}

export interface FitOptions {
  /** 1, -1 or 0 a column: the sign its weight must have. */
  readonly signs: readonly number[]
  /** Ridge penalty a column, in examples' worth. */
  readonly penalties: readonly number[]
  /** What each weight is drawn to: what is expected of evidence too rare in training mail to be measured. */
  readonly priors: readonly number[]
  readonly rounds: number
}

/**
 * Logistic regression with ridge penalty and sign bounds by projected coordinate-wise Newton steps: deterministic, no step size to choose.
 * Each round visits every column once; the bound of the curvature (1/4) keeps every step a descent.
 */
export function fitRegression(examples: readonly Example[], options: FitOptions): Fit {
  const columns = options.signs.length
  const weights = new Float64Array(columns)
  const sums = new Float64Array(examples.length)
  const used = sparseColumns(examples, columns)
  let bias = 0
  for (let round = 0; round < options.rounds; round++) {
    bias = stepBias(examples, sums, bias)
    for (let column = 0; column < columns; column++) {
      const moved = stepColumn(examples, sums, bias, used[column]!, column, weights[column]!, options)
      weights[column] = moved
    }
  }
  return { weights, bias }
}

/** Indexes of the examples in which a column is not zero. */
function sparseColumns(examples: readonly Example[], columns: number): number[][] {
  return Array.from({ length: columns }, (_, column) =>
    examples.flatMap((example, at) => (example.row[column] === 0 ? [] : [at])),
  )
}

function stepBias(examples: readonly Example[], sums: Float64Array, bias: number): number {
  let gradient = 0
  let curvature = 1e-6
  examples.forEach((example, at) => {
    const p = logistic(sums[at]! + bias)
    gradient += example.weight * ((example.valuable ? 1 : 0) - p)
    curvature += example.weight * Math.max(0.05, p * (1 - p))
  })
  return bias + gradient / curvature
}

function stepColumn(
  examples: readonly Example[],
  sums: Float64Array,
  bias: number,
  used: readonly number[],
  column: number,
  weight: number,
  options: FitOptions,
): number {
  const penalty = options.penalties[column]!
  let gradient = penalty * (options.priors[column]! - weight)
  let curvature = penalty + 1e-9
  for (const at of used) {
    const example = examples[at]!
    const x = example.row[column]!
    const p = logistic(sums[at]! + bias)
    gradient += example.weight * x * ((example.valuable ? 1 : 0) - p)
    curvature += example.weight * x * x * Math.max(0.05, p * (1 - p))
  }
  const moved = bounded(weight + gradient / curvature, options.signs[column]!)
  if (moved !== weight) for (const at of used) sums[at]! += (moved - weight) * examples[at]!.row[column]!
  return moved
}

function bounded(weight: number, sign: number): number {
  return sign === 0 || weight * sign > 0 ? weight : 0
}

export function logistic(sum: number): number {
  return 1 / (1 + Math.exp(-sum))
}
