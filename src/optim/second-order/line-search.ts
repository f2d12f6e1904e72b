import { dot, type Objective, type Point, plus } from './objective.ts'

/** A point along a direction. */
export interface Trial extends Point {
  /** How far along the direction, in its lengths. */
  readonly length: number
  /** The derivative along the direction. */
  readonly slope: number
}

/** What a line search goes by: the function along a descent direction. */
export interface Line {
  readonly origin: Trial
  at(length: number): Promise<Trial>
}

/**
 * Finds how far to go along a descent direction.
 * @param first the length to try first.
 * @returns undefined if no point along the line is lower by enough.
 */
export type LineSearch = (line: Line, first: number) => Promise<Trial | undefined>

/** Armijo's condition asks for this share of the decrease that the first slope promises. */
const SUFFICIENT = 1e-4
/** The curvature condition asks that the slope be flatter than this share of the first. */
const FLAT = 0.9
const MOST_TRIALS = 40

export function lineFrom(objective: Objective, from: Point, direction: Float64Array): Line {
  return {
    origin: { ...from, length: 0, slope: dot(from.gradient, direction) },
    async at(length) {
      const x = plus(from.x, direction, length)
      const { value, gradient } = await objective.evaluate(x)
      return { x, value, gradient, length, slope: dot(gradient, direction) }
    },
  }
}

const isLowEnough = ({ origin }: Line, { value, length }: Trial): boolean =>
  value <= origin.value + SUFFICIENT * length * origin.slope

/**
 * Backtracking (Armijo, 1966): the length is shortened until the value is low enough, by the lowest point of the parabola
 * through what is known, and to between a tenth and a half at a time.
 */
export const backtracking: LineSearch = async (line, first) => {
  let length = first
  for (let i = 0; i < MOST_TRIALS; i++) {
    const trial = await line.at(length)
    if (isLowEnough(line, trial)) return trial
    const { value, slope } = line.origin
    const lowest = (-slope * length ** 2) / (2 * (trial.value - value - slope * length))
    length *= Number.isFinite(lowest) ? Math.min(0.5, Math.max(0.1, lowest / length)) : 0.1
  }
  return undefined
}

/**
 * The strong Wolfe conditions: low enough, and flat enough that the curvature which the step reveals is positive.
 * Source: Nocedal and Wright, Numerical optimization, 2006, algorithms 3.5 and 3.6.
 */
export const strongWolfe: LineSearch = async (line, first) => {
  const { origin } = line
  let before = origin
  let length = first
  for (let i = 0; i < MOST_TRIALS; i++) {
    const trial = await line.at(length)
    const isHigh = !isLowEnough(line, trial) || (i > 0 && trial.value >= before.value)
    if (isHigh) return zoom(line, before, trial)
    if (isFlat(line, trial)) return trial
    if (trial.slope >= 0) return zoom(line, trial, before)
    before = trial
    length *= 2
  }
  return before === origin ? undefined : before
}

const isFlat = ({ origin }: Line, { slope }: Trial) => Math.abs(slope) <= -FLAT * origin.slope

/** Narrows an interval that holds a good point: `low` is the lowest known end that is low enough. */
async function zoom(line: Line, low: Trial, high: Trial): Promise<Trial | undefined> {
  for (let i = 0; i < MOST_TRIALS; i++) {
    if (Math.abs(high.length - low.length) <= 1e-12 * Math.max(low.length, high.length)) break
    const trial = await line.at(between(low, high))
    if (!isLowEnough(line, trial) || trial.value >= low.value) {
      high = trial
      continue
    }
    if (isFlat(line, trial)) return trial
    if (trial.slope * (high.length - low.length) >= 0) high = low
    low = trial
  }
  // Rounding can hide the flat point; an end that is lower than the start is still a step forward.
  return low.length > 0 ? low : undefined
}

/** The lowest point of the cubic through both ends and their slopes, kept off the ends by a tenth of the interval. */
function between(low: Trial, high: Trial): number {
  const width = high.length - low.length
  const theta = (3 * (low.value - high.value)) / width + low.slope + high.slope
  const root = Math.sign(width) * Math.sqrt(theta ** 2 - low.slope * high.slope)
  const share = 1 - (high.slope + root - theta) / (high.slope - low.slope + 2 * root)
  return low.length + width * (Number.isFinite(share) ? Math.min(0.9, Math.max(0.1, share)) : 0.5)
}
