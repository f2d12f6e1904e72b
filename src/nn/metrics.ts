import { ensure, formatShape } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { argmax, cast, equal, sum, unsqueeze } from '../ops/index.ts'

/** Which class is the right one: int32 [N] -> bool [N, C]. */
export function classMask(classes: Value, count: number): Value {
  const all = Int32Array.from({ length: count }, (_, c) => c)
  return equal(unsqueeze(classes, [1]), constant(all, 'int32', [1, count]))
}

/**
 * How many predictions of a batch are right: scores [N, C] and classes int32 [N] -> a scalar of the scores' dtype.
 * The prediction is the class with the highest score, the first one among ties. Has no gradient.
 * @throws if the shapes or the dtype of the classes do not fit.
 */
export function correctCount(scores: Value, classes: Value): Value {
  const [batch] = scores.shape
  ensure(scores.rank === 2, `correctCount: expected scores [N, C], got ${formatShape(scores.shape)}`)
  ensure(
    classes.dtype === 'int32' && classes.rank === 1 && classes.shape[0] === batch,
    `correctCount: expected classes int32 [${batch}], got ${classes}`,
  )
  const predicted = argmax(scores, 1) // int64 [N]
  return sum(cast(equal(predicted, cast(classes, 'int64')), scores.dtype))
}
