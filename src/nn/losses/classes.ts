import { ensure, formatShape, type Shape, sameShape } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import { sum, where } from '../../ops/index.ts'
import { classMask } from '../metrics.ts'

/** Fails unless a model's output is the scores of two classes or more, [N, C]. */
export function expectScores(loss: string, shape: Shape, weights?: readonly number[]): { batch: number } {
  const [batch, classes, ...rest] = shape
  ensure(
    batch !== undefined && classes !== undefined && rest.length === 0,
    `${loss}: expected logits [N, C], got ${formatShape(shape)}`,
    'end the model with nn.linear(features, classes)',
  )
  ensure(
    !weights || weights.length === classes,
    `${loss}: expected ${classes} class weights, one per logit, got ${weights?.length}`,
  )
  return { batch }
}

/** Which class is the right one of each sample, bool [N, C]. Fails unless the targets are classes, int32 [N]. */
export function expectClasses(loss: string, output: Value, target: Value): Value {
  const { batch } = expectScores(loss, output.shape)
  ensure(
    target.dtype === 'int32' && sameShape(target.shape, [batch]),
    `${loss}: expected targets int32 [${batch}], got ${target}`,
  )
  return classMask(target, output.shape[1]!)
}

/** The score of the right class, [N, 1]. */
export const rightScore = (scores: Value, right: Value): Value =>
  sum(where(right, scores, 0), { axes: 1, keepDims: true })

/** The scores of all other classes; that of the right one is so low that it never counts. */
export const otherScores = (scores: Value, right: Value): Value => where(right, -1e30, scores)

/** Fails unless the weights of classes are numbers >= 0, one of them larger. */
export function expectWeights(loss: string, weights: readonly number[]): void {
  const wrong = weights.find((w) => !(w >= 0 && Number.isFinite(w)))
  ensure(wrong === undefined, `${loss}: expected class weights >= 0, got ${wrong}`)
  ensure(
    weights.some((w) => w > 0),
    `${loss}: expected a class weight > 0, got none`,
  )
}
