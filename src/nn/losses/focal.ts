import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { add, div, exp, logSumExp, mean, mul, neg, softplus, sub, sum, where } from '../../ops/index.ts'
import { expectClasses, expectScores, expectWeights, otherScores, rightScore } from './classes.ts'
import { defineLoss } from './define.ts'
import { expectSameAs } from './loss.ts'

const source = 'Lin et al., Focal Loss for Dense Object Detection, 2017'

export interface FocalOptions {
  /** How much less easy samples count, >= 0 (default 2); 0 gives cross-entropy. */
  gamma?: number
  /** How much each class counts, one number >= 0 per class (default 1 each). */
  classWeights?: readonly number[]
}

/**
 * Focal loss from logits [N, C]: cross-entropy times (1 - p)^gamma, where p is the probability of the right class, so that
 * the many easy samples do not drown the few hard ones. Targets are classes, int32 [N]. With weights the mean is weighted,
 * as in `crossEntropy`. For yes-or-no questions see {@link binaryFocal}.
 *
 * Exact for large logits: 1 - p is computed from the other logits, and not by a difference.
 * @throws for options out of range; when the graph is built, if logits, targets and weights do not fit.
 * Source: Lin et al., Focal Loss for Dense Object Detection, 2017.
 */
export const focal = defineLoss(
  'focal',
  (options: FocalOptions = {}) => {
    ensureKnownOptions('focal', options, ['gamma', 'classWeights'])
    const { gamma = 2, classWeights } = options
    expectGamma('focal', gamma)
    if (classWeights) expectWeights('focal', classWeights)
    return {
      task: 'classification',
      targetDType: 'int32',
      targetShape: (output) => [expectScores('focal', output, classWeights).batch],
      apply(output, target) {
        expectScores('focal', output.shape, classWeights)
        const right = expectClasses('focal', output, target)
        const all = logSumExp(output, { axes: 1, keepDims: true }) // [N, 1]
        const others = logSumExp(otherScores(output, right), { axes: 1, keepDims: true })
        const surprise = sub(all, rightScore(output, right)) // -ln p
        const loss = mul(exp(mul(sub(others, all), gamma)), surprise) // ln (1 - p) = others - all
        if (!classWeights) return mean(loss)
        const weights = where(right, constant(classWeights, output.dtype), 0) // [N, C]
        return div(sum(mul(loss, weights)), sum(weights))
      },
    }
  },
  {
    doc: 'Cross-entropy in which samples that are right already count little.',
    source,
    examples: [
      { name: 'default', args: [], input: [6, 4] },
      { name: 'weighted', args: [{ gamma: 0.5, classWeights: [1, 0.5, 2, 3] }], input: [6, 4] },
    ],
  },
)

export interface BinaryFocalOptions {
  /** How much less easy answers count, >= 0 (default 2); 0 gives cross-entropy. */
  gamma?: number
  /** The weight of positive answers in [0, 1], where negative ones have 1 - alpha (default 0.25). */
  alpha?: number
}

/**
 * Focal loss for yes-or-no questions from logits, the mean over all elements; targets are floats in [0, 1] of the output's
 * shape: t alpha (1 - p)^gamma (-ln p) + (1 - t) (1 - alpha) p^gamma (-ln(1 - p)). With its defaults that of torchvision's
 * `sigmoid_focal_loss`. Exact for large logits.
 * @throws for options out of range; when the graph is built, if the targets do not fit.
 * Source: Lin et al., Focal Loss for Dense Object Detection, 2017.
 */
export const binaryFocal = defineLoss(
  'binaryFocal',
  (options: BinaryFocalOptions = {}) => {
    ensureKnownOptions('binaryFocal', options, ['gamma', 'alpha'])
    const { gamma = 2, alpha = 0.25 } = options
    expectGamma('binaryFocal', gamma)
    ensure(alpha >= 0 && alpha <= 1, `binaryFocal: expected 0 <= alpha <= 1, got ${alpha}`)
    return {
      task: 'binary',
      targetDType: 'float32',
      targetShape: (output) => output,
      apply(output, target) {
        expectSameAs(output, target, 'binaryFocal')
        // With p = sigmoid(x): -ln p = softplus(-x) and -ln(1 - p) = softplus(x).
        const [yes, no] = [softplus(neg(output)), softplus(output)]
        const fading = (surprise: Value, other: Value) => mul(exp(mul(other, -gamma)), surprise)
        const positive = mul(mul(target, alpha), fading(yes, no))
        const negative = mul(mul(sub(1, target), 1 - alpha), fading(no, yes))
        return mean(add(positive, negative))
      },
    }
  },
  {
    doc: 'Binary cross-entropy in which answers that are right already count little.',
    source,
    examples: [{ name: 'default', args: [], input: [5, 3] }],
  },
)

function expectGamma(loss: string, gamma: number): void {
  ensure(gamma >= 0 && Number.isFinite(gamma), `${loss}: expected gamma >= 0, got ${gamma}`)
}
