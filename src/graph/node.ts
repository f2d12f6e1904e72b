import type { Attributes, Operator } from './operator.ts'
import { currentScope } from './scope.ts'
import { Value, type ValueInfo } from './value.ts'

/** One application of an operator. `undefined` among the inputs is an optional input that was left out. */
export class Node {
  readonly op: Operator
  readonly inputs: readonly (Value | undefined)[]
  readonly attrs: Attributes
  readonly outputs: readonly Value[]
  /** The layer path that made it, such as `layer1.0.conv1`; empty outside of layers. */
  readonly scope: string

  constructor(
    op: Operator,
    inputs: readonly (Value | undefined)[],
    attrs: Attributes,
    outputs: readonly ValueInfo[],
    scope = currentScope(),
  ) {
    this.op = op
    this.inputs = inputs
    this.attrs = attrs
    this.scope = scope
    this.outputs = outputs.map((info) => new Value(info, { producer: this }))
  }
}
