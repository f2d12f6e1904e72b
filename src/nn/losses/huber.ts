import { ensure, ensureKnownOptions } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import { abs, add, mean, minimum, mul, sub } from '../../ops/index.ts'
import { defineLoss } from './define.ts'
import { expectSameAs } from './loss.ts'

export interface HuberOptions {
  /** From which error on the loss grows linearly, in units of the targets (default 1). */
  delta?: number
}

/**
 * Huber loss: error^2 / 2 up to `delta`, then delta (|error| - delta / 2): the mean over all elements. An outlier pulls no
 * harder than an error of `delta`. Targets are floats of the output's shape.
 * @throws if `delta` is not positive.
 * Source: Huber, Robust Estimation of a Location Parameter, 1964.
 */
export const huber = defineLoss(
  'huber',
  (options: HuberOptions = {}) => {
    ensureKnownOptions('huber', options, ['delta'])
    const { delta = 1 } = options
    ensure(delta > 0 && Number.isFinite(delta), `huber: expected delta > 0, got ${delta}`)
    return robust('huber', delta, 1)
  },
  {
    doc: 'Squared for small errors, linear for large ones.',
    source: 'Huber, Robust Estimation of a Location Parameter, 1964',
    examples: [
      { name: 'default', args: [], input: [5, 3] },
      { name: 'narrow', args: [{ delta: 0.3 }], input: [5, 3] },
    ],
  },
)

export interface SmoothL1Options {
  /** From which error on the loss grows linearly, in units of the targets (default 1). */
  beta?: number
}

/**
 * Smooth L1 loss: error^2 / (2 beta) up to `beta`, then |error| - beta / 2: {@link huber} / beta, so that large errors count
 * alike for every `beta`. Targets are floats of the output's shape.
 * @throws if `beta` is not positive.
 * Source: Girshick, Fast R-CNN, 2015.
 */
export const smoothL1 = defineLoss(
  'smoothL1',
  (options: SmoothL1Options = {}) => {
    ensureKnownOptions('smoothL1', options, ['beta'])
    const { beta = 1 } = options
    ensure(beta > 0 && Number.isFinite(beta), `smoothL1: expected beta > 0, got ${beta}`)
    return robust('smoothL1', beta, 1 / beta)
  },
  {
    doc: 'Absolute error, squared near 0.',
    source: 'Girshick, Fast R-CNN, 2015',
    examples: [{ name: 'narrow', args: [{ beta: 0.5 }], input: [5, 3] }],
  },
)

function robust(name: string, delta: number, factor: number) {
  return {
    task: 'regression' as const,
    targetDType: 'float32' as const,
    targetShape: (output: Value['shape']) => output,
    apply(output: Value, target: Value) {
      expectSameAs(output, target, name)
      const error = abs(sub(output, target))
      const near = minimum(error, delta)
      // near^2 / 2 + delta (error - near), where one of the two parts is constant
      return mul(mean(add(mul(mul(near, near), 0.5), mul(sub(error, near), delta))), factor)
    },
  }
}
