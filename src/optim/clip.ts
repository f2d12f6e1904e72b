import { ensure, ensureKnownOptions } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { maximum, minimum, mul } from '../ops/index.ts'
import { above, fraction } from './check.ts'
import { defineTransform } from './define-transform.ts'

/** Limits each element of the gradient to [-limit, limit]. Changes its direction; comes first in a chain. */
export const clipByValue = defineTransform(
  'clipByValue',
  (limit: number) => {
    above('clipByValue', 'a limit', 0, limit)
    return { update: (g) => ({ update: minimum(maximum(g, -limit), limit) }) }
  },
  {
    doc: 'Limits each element of the gradient.',
    examples: [{ name: 'to 0.5', args: [0.5] }],
  },
)

const squares = { squares: (g: Value) => mul(g, g) }

/**
 * Scales all gradients together so that their norm, over all parameters that are trained, is at most `max`: the direction
 * stays. As PyTorch's `clip_grad_norm_`, which adds 1e-6 to the norm that it divides by; here a gradient that is
 * longer comes out with exactly the length `max`. Comes first in a chain.
 * @param max the largest norm, above 0.
 * Source: Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013.
 */
export const clipByGlobalNorm = defineTransform(
  'clipByGlobalNorm',
  (max: number) => {
    above('clipByGlobalNorm', 'a norm', 0, max)
    return {
      reduce: {
        sums: squares,
        scalars: { scale: ({ sums }) => shrink(Math.sqrt(sums.squares!), max) },
      },
      update: (g, _state, _param, { scale }) => ({ update: mul(g, scale) }),
    }
  },
  {
    doc: 'Scales all gradients together so that their norm is at most a given one.',
    source: 'Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013',
    examples: [{ name: 'to 1', args: [1] }],
  },
)

export interface RunningNormOptions {
  /** How many times the running average a norm may be, at least 1. Default: 2. */
  readonly factor?: number
  /** How much of the running average stays, in [0, 1). Default: 0.98. */
  readonly beta?: number
}

/**
 * Clips by global norm with a threshold that follows the training: `factor` times the running average of the norms so
 * far. A norm that is clipped enters the average as the threshold, so that one explosion does not open the way for the
 * next. The first step is not clipped. Comes first in a chain.
 */
export const clipByRunningNorm = defineTransform(
  'clipByRunningNorm',
  (options: RunningNormOptions = {}) => {
    ensureKnownOptions('clipByRunningNorm', options, ['factor', 'beta'])
    const { factor = 2, beta = 0.98 } = options
    ensure(
      factor >= 1 && factor < Infinity,
      `clipByRunningNorm: expected a factor of 1 or more, got ${factor}`,
    )
    fraction('clipByRunningNorm', 'beta', beta)
    // The average starts from 0; what that takes away from it is given back, as in Adam.
    const limit = (average: number, step: number) =>
      step === 0 || average === 0 ? Infinity : (factor * average) / (1 - beta ** step)
    return {
      reduce: {
        sums: squares,
        memory: { average: 0 },
        scalars: {
          scale: ({ sums, memory, step }) => shrink(Math.sqrt(sums.squares!), limit(memory.average!, step)),
        },
        next({ sums, memory, step }) {
          const norm = Math.min(Math.sqrt(sums.squares!), limit(memory.average!, step))
          return { average: beta * memory.average! + (1 - beta) * norm }
        },
      },
      update: (g, _state, _param, { scale }) => ({ update: mul(g, scale) }),
    }
  },
  {
    doc: 'Clips by global norm with a threshold that follows the running average of the norms.',
    source: 'Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013',
    examples: [
      { name: 'defaults', args: [] },
      { name: 'at the average of about 10 steps', args: [{ factor: 1, beta: 0.9 }] },
    ],
  },
)

/** What a vector of length `norm` is multiplied by to be no longer than `max`. */
const shrink = (norm: number, max: number) => (norm > max ? max / norm : 1)
