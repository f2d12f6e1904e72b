import { ensure, type Random } from '../core/index.ts'

/** Both ends included. */
export type Interval = readonly [low: number, high: number]

interface Limits {
  /** What the interval lies around if a single number is given: from `around - n` to `around + n` (default 0). */
  readonly around?: number
  readonly least?: number
  readonly most?: number
}

/**
 * The interval that is meant by a number or an interval.
 * @param what names the augmentation and the number: `rotate: expected degrees`.
 * @throws unless the ends are in order and within the limits.
 */
export function interval(
  what: string,
  given: number | Interval,
  { around = 0, least = -Infinity, most = Infinity }: Limits = {},
): Interval {
  ensure(typeof given !== 'number' || given >= 0, `${what} of 0 or more, or an interval, got ${given}`)
  const [low, high] = typeof given === 'number' ? [Math.max(around - given, least), around + given] : given
  const fits = Number.isFinite(low) && Number.isFinite(high) && low <= high && low >= least && high <= most
  const limits = [
    ...(least > -Infinity ? [`at least ${least}`] : []),
    ...(most < Infinity ? [`at most ${most}`] : []),
  ]
  ensure(
    fits,
    `${what} of ${limits.join(' and ') || 'finite numbers'}, the smaller one first, got ${written(given)}`,
  )
  return [low, high]
}

/**
 * The interval of factors that is meant by a number f > 1 (from 1 / f to f) or an interval.
 * @throws unless the ends are in order and above 0.
 */
export function factors(what: string, given: number | Interval): Interval {
  ensure(typeof given !== 'number' || given >= 1, `${what} of at least 1, or an interval, got ${given}`)
  const [low, high] = typeof given === 'number' ? [1 / given, given] : given
  const fits = Number.isFinite(high) && low > 0 && low <= high
  ensure(fits, `${what} above 0, the smaller one first, got ${written(given)}`)
  return [low, high]
}

/** As often half as double: uniform in the logarithm. */
export const drawFactor = (random: Random, [low, high]: Interval): number =>
  low === high ? low : Math.exp(random.uniform(Math.log(low), Math.log(high)))

const written = (given: number | Interval) =>
  typeof given === 'number' ? `${given}` : `[${given.join(', ')}]`
