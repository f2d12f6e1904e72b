import { type DType, formatShape, GradusError, type Shape, sameShape } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'

/** A loss, and what it expects of the data. One of your own is a record like this. */
export interface Loss {
  /** For messages and run folders. */
  readonly name: string
  /** What it was made with; absent in one that was not made by `defineLoss`. */
  readonly args?: readonly unknown[]
  /**
   * What is being learned: one of several classes (outputs [N, C] are scores, and accuracy has a meaning), yes-or-no
   * questions, or numbers.
   */
  readonly task: 'classification' | 'binary' | 'regression'
  /** Dtype of the targets. */
  readonly targetDType: DType
  /** Whether targets may be probabilities, floats [N, C], where classes are expected: for samples that are mixed. Default: no. */
  readonly takesProbabilities?: boolean
  /**
   * Whether numbers to predict mean what they are, such as probabilities, and stay as they are; else training standardizes them.
   * Default: no.
   */
  readonly rawTargets?: boolean
  /** Shape of the targets of a batch, given that of the model's output; throws if such an output does not fit the loss. */
  targetShape(output: Shape): Shape
  /** The scalar that training makes small: the mean over the batch, so that its scale does not depend on the batch size. */
  apply(output: Value, target: Value): Value
}

/** Fails unless the targets have the output's dtype and shape. */
export function expectSameAs(output: Value, target: Value, loss: string): void {
  if (target.dtype === output.dtype && sameShape(target.shape, output.shape)) return
  throw new GradusError(
    `${loss}: expected targets ${output.dtype} ${formatShape(output.shape)}, like the output, got ${target}`,
  )
}
