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
