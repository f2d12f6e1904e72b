import { ensure, ensureKnownOptions, formatShape, GradusError, sameShape } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { add, div, logSoftmax, mean, mul, neg, sum, where } from '../../ops/index.ts'
import { classMask } from '../metrics.ts'
import { expectScores, expectWeights } from './classes.ts'
import { defineLoss } from './define.ts'

export interface CrossEntropyOptions {
  /** The share of each target that is spread evenly over all classes, in [0, 1) (default 0). */
  labelSmoothing?: number
  /** How much each class counts, one number >= 0 per class (default 1 each). */
  classWeights?: readonly number[]
}

/**
 * Softmax cross-entropy from logits [N, C]: minus the logarithm of the probability of the right class.
 *
 * Targets are classes, int32 [N], or probabilities, floats [N, C]. With classes and weights the mean is weighted: the sum is
 * divided by the weights of the targets, as in PyTorch; with probabilities it is divided by N. A class outside 0 .. C - 1
 * counts as no class at all; the data set is where such labels are refused.
 *
 * A model that knows nothing has a loss of ln C.
 * @throws for options out of range; when the graph is built, if logits, targets and weights do not fit.
 */
export const crossEntropy = defineLoss(
  'crossEntropy',
  (options: CrossEntropyOptions = {}) => {
    ensureKnownOptions('crossEntropy', options, ['labelSmoothing', 'classWeights'])
    const { labelSmoothing = 0, classWeights } = options
    ensure(
      labelSmoothing >= 0 && labelSmoothing < 1,
      `crossEntropy: expected 0 <= labelSmoothing < 1, got ${labelSmoothing}`,
    )
    if (classWeights) expectWeights('crossEntropy', classWeights)
    return {
      task: 'classification',
      targetDType: 'int32',
      takesProbabilities: true,
      targetShape: (output) => [expectScores('crossEntropy', output, classWeights).batch],
      apply(output, target) {
        expectScores('crossEntropy', output.shape, classWeights)
        const weights = classWeights && constant(classWeights, output.dtype)
        if (target.dtype === output.dtype && sameShape(target.shape, output.shape)) {
          return fromProbabilities(output, target, labelSmoothing, weights)
        }
        if (target.dtype === 'int32' && sameShape(target.shape, output.shape.slice(0, 1))) {
          return fromClasses(output, target, labelSmoothing, weights)
        }
        throw new GradusError(
          `crossEntropy: expected targets int32 [${output.shape[0]}] or ${output.dtype} ${formatShape(output.shape)}, got ${target}`,
        )
      },
    }
  },
  {
    doc: 'Minus the logarithm of the probability that softmax gives the right class.',
    examples: [
      { name: 'classes', args: [], input: [6, 4] },
      { name: 'smoothed', args: [{ labelSmoothing: 0.1 }], input: [6, 4] },
      { name: 'weighted', args: [{ classWeights: [1, 0.5, 2, 3] }], input: [6, 4] },
    ],
  },
)

function fromClasses(logits: Value, classes: Value, smoothing: number, weights?: Value): Value {
  const surprise = neg(logSoftmax(logits, 1)) // [N, C]
  const right = classMask(classes, logits.shape[1]!) // [N, C]
  const [off, on] = [smoothing / logits.shape[1]!, 1 - smoothing + smoothing / logits.shape[1]!]
  // Without smoothing the wrong classes must not count even where they are infinitely surprising.
  const terms =
    smoothing === 0
      ? where(right, surprise, 0)
      : mul(surprise, where(right, constant(on, logits.dtype), constant(off, logits.dtype)))
  if (!weights) return mean(sum(terms, { axes: 1 }))
  return div(sum(mul(terms, weights)), sum(where(right, weights, 0)))
}

function fromProbabilities(logits: Value, target: Value, smoothing: number, weights?: Value): Value {
  const surprise = neg(logSoftmax(logits, 1)) // [N, C]
  const even = smoothing / logits.shape[1]!
  const wanted = smoothing === 0 ? target : add(mul(target, 1 - smoothing), even)
  const terms = mul(surprise, wanted)
  return mean(sum(weights ? mul(terms, weights) : terms, { axes: 1 }))
}
