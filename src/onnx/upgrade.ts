import { tensor } from '../core/index.ts'
import { encodeAttribute } from './attributes.ts'
import type { AttributeProto, GraphProto, NodeProto } from './onnx_pb.ts'
import { operatorName } from './support.ts'
import { encodeTensor } from './tensors.ts'

/** How a file shows that a newer opset changed some operators. Changes that only add what an older file lacks need no entry. */
interface Change {
  /** The opset that made it. */
  readonly since: number
  readonly operators: ReadonlySet<string>
  /** Rewrites a node of an older opset. */
  apply(node: NodeProto, graph: GraphProto): void
}

const changes: readonly Change[] = [
  {
    // The axes of these reductions became an input (ReduceSum's already were).
    since: 18,
    operators: new Set(
      ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map(
        (name) => `Reduce${name}`,
      ),
    ),
    apply(node, graph) {
      const axes = takeAttribute(node, 'axes')
      if (!axes) return
      const name = `${node.output[0]}/axes`
      const list = tensor(axes.ints, [axes.ints.length], 'int64')
      graph.initializer.push(encodeTensor(list, name))
      node.input.push(name)
    },
  },
  {
    // The number of equal parts, which was the number of outputs, has to be said.
    since: 18,
    operators: new Set(['Split']),
    apply(node) {
      if (node.input.length > 1) return
      node.attribute.push(encodeAttribute('num_outputs', node.output.length, 'int', 'Split'))
    },
  },
]

/** Brings the nodes of a graph from `opset` to the one that Gradus speaks, in place. */
export function upgrade(graph: GraphProto, opset: number): void {
  for (const { since, operators, apply } of changes) {
    if (opset >= since) continue
    for (const node of graph.node) {
      if (operators.has(operatorName(node))) apply(node, graph)
    }
  }
}

/** Removes an attribute from a node and returns it. */
function takeAttribute(node: NodeProto, name: string): AttributeProto | undefined {
  const at = node.attribute.findIndex((attribute) => attribute.name === name)
  return at < 0 ? undefined : node.attribute.splice(at, 1)[0]
}
