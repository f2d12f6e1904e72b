import { ensure, formatShape, sameShape } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { argmax, cast, equal, gatherElements, sum, unsqueeze } from '../ops/index.ts'

/** Which class is the right one: int32 [N] -> bool [N, C]. */
export function classMask(classes: Value, count: number): Value {
  const all = Int32Array.from({ length: count }, (_, c) => c)
  return equal(unsqueeze(classes, [1]), constant(all, 'int32', [1, count]))
}

/**
 * How many predictions of a batch are right: scores [N, C] and classes int32 [N] -> a scalar of the scores' dtype.
 * The prediction is the class with the highest score, the first one among ties. Of targets that are probabilities, floats [N, C],
 * each sample counts by that of the predicted class. Has no gradient.
 * @throws if the shapes or the dtype of the targets do not fit.
 */
export function correctCount(scores: Value, targets: Value): Value {
  const [batch] = scores.shape
  ensure(scores.rank === 2, `correctCount: expected scores [N, C], got ${formatShape(scores.shape)}`)
  const predicted = argmax(scores, 1) // int64 [N]
  if (targets.dtype === scores.dtype && sameShape(targets.shape, scores.shape))
    return sum(gatherElements(targets, unsqueeze(predicted, [1]), { axis: 1 }))
  ensure(
    targets.dtype === 'int32' && targets.rank === 1 && targets.shape[0] === batch,
    `correctCount: expected classes int32 [${batch}], got ${targets}`,
  )
  return sum(cast(equal(predicted, cast(targets, 'int64')), scores.dtype))
}
