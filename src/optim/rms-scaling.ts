import { ensureKnownOptions } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { add, div, maximum, mul, sqrt, sub } from '../ops/index.ts'
import { above, fraction, notNegative } from './check.ts'
import { defineTransform } from './define-transform.ts'

export interface AdagradOptions {
  /** What the sum of squares starts from, 0 or more. Default: 0. */
  readonly start?: number
  /** Added to the root, above 0. Default: 1e-10. */
  readonly eps?: number
}

/** Divides the gradient by the root of the sum of its squares so far (AdaGrad, Duchi et al., 2011). */
export const scaleByAdagrad = defineTransform(
  'scaleByAdagrad',
  (options: AdagradOptions = {}) => {
    ensureKnownOptions('scaleByAdagrad', options, ['start', 'eps'])
    const { start = 0, eps = 1e-10 } = options
    notNegative('scaleByAdagrad', 'start', start)
    above('scaleByAdagrad', 'eps', 0, eps)
    return {
      state: { sumSquare: start },
      update(g, state) {
        const sumSquare = add(state.sumSquare, mul(g, g))
        return { update: div(g, add(sqrt(sumSquare), eps)), state: { sumSquare } }
      },
    }
  },
  {
    doc: 'Divides the gradient by the root of the sum of its squares so far.',
    source: 'Duchi, Hazan and Singer, Adaptive subgradient methods, 2011',
    examples: [
      { name: 'from 0', args: [] },
      { name: 'from 0.1', args: [{ start: 0.1 }] },
    ],
  },
)

export interface RmsOptions {
  /** How much of the running mean stays, in [0, 1). Default: 0.99. */
  readonly beta?: number
  /** Added to the root, above 0. Default: 1e-8. */
  readonly eps?: number
  /** Divide by the standard deviation: the square of the gradient's running mean is taken off. Default: false. */
  readonly centered?: boolean
}

/** Divides the gradient by the root of its running mean square (RMSProp, Hinton, 2012). */
export const scaleByRms = defineTransform(
  'scaleByRms',
  (options: RmsOptions = {}) => {
    ensureKnownOptions('scaleByRms', options, ['beta', 'eps', 'centered'])
    const { beta = 0.99, eps = 1e-8, centered = false } = options
    fraction('scaleByRms', 'beta', beta)
    above('scaleByRms', 'eps', 0, eps)
    const state: Record<string, number> = centered ? { meanSquare: 0, mean: 0 } : { meanSquare: 0 }
    return {
      state,
      update(g, held) {
        const meanSquare = add(mul(held.meanSquare!, beta), mul(mul(g, g), 1 - beta))
        const next: Record<string, Value> = { meanSquare }
        let square = meanSquare
        if (centered) {
          const mean = add(mul(held.mean!, beta), mul(g, 1 - beta))
          next.mean = mean
          // Rounding can make the variance of a gradient that never changes a little less than 0.
          square = maximum(sub(square, mul(mean, mean)), 0)
        }
        return { update: div(g, add(sqrt(square), eps)), state: next }
      },
    }
  },
  {
    doc: 'Divides the gradient by the root of its running mean square.',
    source: 'Tieleman and Hinton, Lecture 6.5: RMSProp, 2012',
    examples: [
      { name: 'plain', args: [] },
      { name: 'centered', args: [{ centered: true }] },
    ],
  },
)

export interface AdadeltaOptions {
  /** How much of the running means stays, in [0, 1). Default: 0.9. */
  readonly rho?: number
  /** Added to both mean squares, above 0: the size of the first steps follows from it. Default: 1e-6. */
  readonly eps?: number
}

/**
 * Multiplies the gradient by the ratio of two running root mean squares, that of the updates and its own, so that an
 * update has the unit of the parameter (AdaDelta, Zeiler, 2012).
 */
export const scaleByAdadelta = defineTransform(
  'scaleByAdadelta',
  (options: AdadeltaOptions = {}) => {
    ensureKnownOptions('scaleByAdadelta', options, ['rho', 'eps'])
    const { rho = 0.9, eps = 1e-6 } = options
    fraction('scaleByAdadelta', 'rho', rho)
    above('scaleByAdadelta', 'eps', 0, eps)
    return {
      state: { meanSquare: 0, updateSquare: 0 },
      update(g, state) {
        const meanSquare = add(mul(state.meanSquare, rho), mul(mul(g, g), 1 - rho))
        const ratio = div(sqrt(add(state.updateSquare, eps)), sqrt(add(meanSquare, eps)))
        const update = mul(g, ratio)
        const updateSquare = add(mul(state.updateSquare, rho), mul(mul(update, update), 1 - rho))
        return { update, state: { meanSquare, updateSquare } }
      },
    }
  },
  {
    doc: 'Multiplies the gradient by the ratio of the running root mean squares of the updates and of itself.',
    source: 'Zeiler, AdaDelta: an adaptive learning rate method, 2012',
    examples: [{ name: 'defaults', args: [] }],
  },
)
