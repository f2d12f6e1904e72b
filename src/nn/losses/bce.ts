import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { add, mean, mul, neg, softplus, sub } from '../../ops/index.ts'
import { defineLoss } from './define.ts'
import { expectSameAs } from './loss.ts'

export interface BceOptions {
  /** How much the positive answers count (default 1): above 1 favors recall, below 1 precision. */
  posWeight?: number
}

/**
 * Binary cross-entropy from logits, the mean over all elements; targets are floats in [0, 1] of the output's shape.
 * Exact for large logits: no probability is ever rounded to 0 or 1.
 * @throws if `posWeight` is not positive.
 */
export const bceWithLogits = defineLoss(
  'bceWithLogits',
  (options: BceOptions = {}) => {
    ensureKnownOptions('bceWithLogits', options, ['posWeight'])
    const { posWeight = 1 } = options
    ensure(
      posWeight > 0 && Number.isFinite(posWeight),
      `bceWithLogits: expected posWeight > 0, got ${posWeight}`,
    )
    return {
      task: 'binary',
      targetDType: 'float32',
      targetShape: (output) => output,
      apply(output, target) {
        expectSameAs(output, target, 'bceWithLogits')
        // -t w ln s(x) - (1 - t) ln(1 - s(x)), with -ln s(x) = softplus(-x) and -ln(1 - s(x)) = x + softplus(-x)
        const weight = posWeight === 1 ? 1 : add(mul(target, posWeight - 1), 1)
        return mean(add(mul(sub(1, target), output), mul(weight, softplus(neg(output)))))
      },
    }
  },
  {
    doc: 'Binary cross-entropy from logits, for yes-or-no questions.',
    examples: [
      { name: 'default', args: [], input: [5, 3] },
      { name: 'recall', args: [{ posWeight: 3 }], input: [5, 3] },
    ],
  },
)
