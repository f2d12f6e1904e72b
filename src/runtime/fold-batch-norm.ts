import { sizeOf } from '../core/index.ts'
import { type Graph, Node, rewrite, type Value } from '../graph/index.ts'
import { add, div, findOperator, mul, neg, reshape, sqrt } from '../ops/index.ts'

const [batchNorm, convolution] = [findOperator('BatchNormalization'), findOperator('Conv')]

/**
 * A batch norm by given statistics, as in evaluation, becomes part of the convolution before it, which gets other weights:
 * that saves a pass over the images. The weights are made anew in every run, since they change between runs, so it is
 * done only where there are more numbers in the images than in the weights.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const uses = new Map<Value, number>()
  const count = (value: Value | undefined) => value && uses.set(value, (uses.get(value) ?? 0) + 1)
  for (const node of graph.nodes) node.inputs.forEach(count)
  graph.outputs.forEach(count)
  return rewrite(graph, (node, [x, ...vectors]) => {
    const conv = x?.producer
    if (node.op !== batchNorm || conv?.op !== convolution) return undefined
    const pays = sizeOf(x!.shape) > sizeOf(conv.inputs[1]!.shape)
    if (!pays || uses.get(node.inputs[0]!) !== 1) return undefined
    return scaledConv(conv, vectors as [Value, Value, Value, Value], node.attrs.epsilon as number | undefined)
  })
}

/** The convolution with factor and offset of the norm, each [O], in its weight [O, I, ...] and bias [O]. */
function scaledConv(
  { op, inputs, attrs, outputs }: Node,
  [scale, offset, mean, variance]: readonly [Value, Value, Value, Value],
  epsilon = 1e-5,
): readonly Value[] {
  const [x, weight, bias] = inputs as [Value, Value, Value?]
  const factor = div(scale, sqrt(add(variance, epsilon)))
  const perOutput = reshape(factor, [weight.shape[0]!, ...weight.shape.slice(1).map(() => 1)])
  const shift = bias ? add(bias, neg(mean)) : neg(mean)
  return new Node(op, [x, mul(weight, perOutput), add(offset, mul(shift, factor))], attrs, outputs).outputs
}
