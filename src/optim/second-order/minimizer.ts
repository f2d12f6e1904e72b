import { type About, ensure, ensureKnownOptions, registerMaker } from '../../core/index.ts'
import { type LineSearch, lineFrom } from './line-search.ts'
import { largest, type Objective, type Point } from './objective.ts'

/** A way to minimize a function with its gradients, and perhaps second derivatives. */
export interface Minimizer {
  readonly name: string
  /** Starts on a function of `size` numbers. */
  start(size: number): Descent
}

/** What a method does at each point, with what it remembers of those before. */
export interface Descent {
  readonly search: LineSearch
  /** A direction in which the function falls, and what share of it to try first. */
  direction(
    at: Point,
    objective: Objective,
  ): Promise<{ readonly along: Float64Array; readonly first: number }>
  /** Hears of every step that was taken. */
  learn?(from: Point, to: Point): void
}

/**
 * Makes the function that makes a kind of minimizer. With `about` the kind is in the catalog: `gradus list` and the docs
 * find it there.
 */
export function defineMinimizer<Args extends readonly unknown[]>(
  name: string,
  make: (...args: Args) => Omit<Minimizer, 'name'>,
  about?: About<NoInfer<Args>>,
): (...args: Args) => Minimizer {
  const define = (...args: Args): Minimizer => ({ name, ...make(...args) })
  if (about) registerMaker('minimizer', name, define, about)
  return define
}

export interface DescentOptions {
  /** Done when no element of the gradient is larger than this. Default: 1e-5. */
  readonly tolerance?: number
  /** Default: 200. */
  readonly maxIterations?: number
}

/** Where a minimization came to. */
export interface Minimum {
  readonly x: Float64Array
  readonly value: number
  /** The largest absolute element of the gradient there. */
  readonly gradient: number
  readonly iterations: number
  /** How often value and gradient were computed. */
  readonly evaluations: number
  /**
   * Why it ended: the gradient is small enough; there were too many iterations; or no point along the direction was
   * lower, which near a minimum is the end of the numbers' precision.
   */
  readonly reason: 'gradient' | 'iterations' | 'line search'
  /** The values at the start and after each iteration. */
  readonly values: readonly number[]
}

/**
 * Goes down from `start` until the gradient is small enough.
 * @throws if the value or the gradient at the start is not finite.
 */
export async function descend(
  objective: Objective,
  start: Float64Array,
  minimizer: Minimizer,
  options: DescentOptions = {},
): Promise<Minimum> {
  ensureKnownOptions('minimize', options, ['tolerance', 'maxIterations'])
  const { tolerance = 1e-5, maxIterations = 200 } = options
  ensure(tolerance > 0, `minimize: expected a tolerance above 0, got ${tolerance}`)
  ensure(
    Number.isInteger(maxIterations) && maxIterations > 0,
    `minimize: expected a whole number of iterations, at least 1, got ${maxIterations}`,
  )
  let evaluations = 0
  const counting: Objective = {
    hessianVector: (x, v) => objective.hessianVector(x, v),
    evaluate(x) {
      evaluations++
      return objective.evaluate(x)
    },
  }
  let at: Point = { x: start, ...(await counting.evaluate(start)) }
  const finite = Number.isFinite(at.value) && at.gradient.every(Number.isFinite)
  ensure(finite, `minimize: value or gradient at the start is not finite (the value is ${at.value})`)
  const descent = minimizer.start(start.length)
  const values = [at.value]
  const result = (reason: Minimum['reason']): Minimum => ({
    x: at.x,
    value: at.value,
    gradient: largest(at.gradient),
    iterations: values.length - 1,
    evaluations,
    reason,
    values,
  })
  while (largest(at.gradient) > tolerance) {
    if (values.length > maxIterations) return result('iterations')
    const next = await advance(descent, at, counting)
    if (!next) return result('line search')
    descent.learn?.(at, next)
    at = next
    values.push(at.value)
  }
  return result('gradient')
}

async function advance(descent: Descent, at: Point, objective: Objective): Promise<Point | undefined> {
  const { along, first } = await descent.direction(at, objective)
  return descent.search(lineFrom(objective, at, along), first)
}
