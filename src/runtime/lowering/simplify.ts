import { type Graph, type Node, rewrite, type Value } from '../../graph/index.ts'
import { findOperator, mul } from '../../ops/index.ts'
import { isPositive } from './kernels.ts'

const [whereOperator, greaterOperator] = [findOperator('Where'), findOperator('Greater')]

/** Rewrites element-wise work into forms that take fewer passes over memory. */
export function simplify(graph: Graph): Graph {
  return rewrite(graph, (node, inputs) => maskAsProduct(node, inputs))
}

/** `where(x > 0, dy, 0)`, the gradient of ReLU: a product with a mask of numbers saves the pass over booleans. */
function maskAsProduct(node: Node, [condition, dy, otherwise]: readonly (Value | undefined)[]) {
  if (node.op !== whereOperator || node.outputs[0]!.dtype !== 'float32') return undefined
  const test = condition!.producer
  if (test?.op !== greaterOperator || !isZero(test.inputs[1]) || !isZero(otherwise)) return undefined
  return [mul(dy!, isPositive(test.inputs[0]!))]
}

const isZero = (value: Value | undefined): boolean =>
  value?.data?.data.length === 1 && Number(value.data.data[0]) === 0
