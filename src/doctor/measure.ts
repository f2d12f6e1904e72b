import { lossOption } from './facts.ts'
import type { RunHistory } from './history.ts'

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length

/** The value that a share `q` of the finite values lie below; NaN if there are none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  if (sorted.length === 0) return Number.NaN
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export const largest = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
export const smallest = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)

/** The means of `parts` stretches of equal length: a noisy curve in a few numbers. */
export function stretches(values: readonly number[], parts: number): number[] {
  const bounds = Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * values.length) / parts))
  return bounds.slice(1).map((to, i) => mean(values.slice(bounds[i], to)))
}

/** A straight line through values at 0, 1, 2, ...: its slope, and that slope's standard error. */
export function trend(values: readonly number[]): { readonly slope: number; readonly error: number } {
  const n = values.length
  if (n < 3) return { slope: Number.NaN, error: Number.NaN }
  const [x, y] = [(n - 1) / 2, mean(values)]
  const [sxx, sxy] = values.reduce(
    ([a, b], value, i) => [a + (i - x) ** 2, b + (i - x) * (value - y)] as [number, number],
    [0, 0] as [number, number],
  )
  const slope = sxy / sxx
  const left = values.reduce((sum, value, i) => sum + (value - y - slope * (i - x)) ** 2, 0)
  return { slope, error: Math.sqrt(left / (n - 2) / sxx) }
}

/**
 * The loss of a model that knows nothing but how frequent the classes are, and its accuracy: the entropy of the classes,
 * ln C where they are as frequent, and the share of the largest. Undefined where that cannot be said of the loss.
 */
export function chance({ start, recipe, facts }: RunHistory): { loss: number; accuracy: number } | undefined {
  const classes = start?.data?.classes
  if (!classes || classes < 2) return undefined
  const counts = facts?.classCounts ?? new Array<number>(classes).fill(1)
  const total = counts.reduce((a, b) => a + b, 0)
  const shares = counts.map((count) => count / total).filter((share) => share > 0)
  const accuracy = largest(shares)
  const loss = recipe?.loss.name ?? 'crossEntropy'
  if (loss !== 'crossEntropy' && loss !== 'bceWithLogits') return undefined
  return { loss: shares.reduce((sum, share) => sum - share * Math.log(share), 0), accuracy }
}

/** What the loss cannot fall below: with smoothed labels even the best answer costs the entropy of the labels. */
export function lowestLoss(history: RunHistory): number {
  const smoothing = lossOption(history, 'labelSmoothing')
  const classes = history.start?.data?.classes
  if (typeof smoothing !== 'number' || !(smoothing > 0 && smoothing < 1) || !classes) return 0
  const wrong = smoothing / classes
  const right = 1 - smoothing + wrong
  return -right * Math.log(right) - (classes - 1) * wrong * Math.log(wrong)
}

/** How much is left to learn at this loss: 1 for {@link chance}, 0 for {@link lowestLoss}. NaN where chance is not known. */
export function leftToLearn(history: RunHistory, loss: number): number {
  const lowest = lowestLoss(history)
  return (loss - lowest) / ((chance(history)?.loss ?? Number.NaN) - lowest)
}

/** 0.123 as `12.3%`. */
export const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)}%`

/** A number that a person can read: three digits, `1.3e-5` where it is small. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return size !== 0 && (size < 0.01 || size >= 1e4)
    ? value.toExponential(1)
    : String(Number(value.toPrecision(3)))
}
