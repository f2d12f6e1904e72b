import { ensure } from '../src/core/index.ts'

/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  ensure(values.length > 0, 'median: expected at least one value, got none')
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * How many times longer `theirs` took than `ours`: the median of the ratios round by round. What disturbs the machine for
 * a while disturbs both sides of a round, so it cancels here, which it does not in a ratio of two medians.
 */
export function medianRatio(theirs: readonly number[], ours: readonly number[]): number {
  ensure(
    theirs.length === ours.length,
    `medianRatio: expected as many rounds on both sides, got ${theirs.length} and ${ours.length}`,
  )
  return median(theirs.map((time, round) => time / ours[round]!))
}

/** Rounded to so many significant digits, for tables and JSON. */
export const rounded = (value: number, digits = 4): number => Number(value.toPrecision(digits))

/** The exponent p of y = c x^p that fits best: the slope of the line through the logarithms. */
export function fitExponent(x: readonly number[], y: readonly number[]): number {
  ensure(
    x.length === y.length && new Set(x).size > 1,
    `fitExponent: expected as many y as x and two different x at least, got ${x.length} and ${y.length}`,
  )
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const [logX, logY] = [x.map(Math.log), y.map(Math.log)]
  const [centerX, centerY] = [mean(logX), mean(logY)]
  const products = logX.map((value, i) => (value - centerX) * (logY[i]! - centerY))
  const squares = logX.map((value) => (value - centerX) ** 2)
  return mean(products) / mean(squares)
}
