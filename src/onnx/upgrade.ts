import { create } from '@bufbuild/protobuf'
import {
  type AttributeProto,
  AttributeProtoSchema,
  type GraphProto,
  type NodeProto,
  TensorProtoSchema,
} from './onnx_pb.ts'
import { operatorName } from './support.ts'

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
      const dims = [BigInt(axes.ints.length)]
      graph.initializer.push(create(TensorProtoSchema, { name, dims, dataType: 7, int64Data: axes.ints }))
      node.input.push(name)
    },
  },
  {
    // The number of equal parts, which was the number of outputs, has to be said.
    since: 18,
    operators: new Set(['Split']),
    apply(node) {
      if (node.input.length > 1) return
      const i = BigInt(node.output.length)
      node.attribute.push(create(AttributeProtoSchema, { name: 'num_outputs', type: 2, i }))
    },
  },
  {
    since: 20,
    operators: new Set(['GridSample']),
    apply(node) {
      const mode = node.attribute.find(({ name }) => name === 'mode')
      const renamed = mode && newModes.get(new TextDecoder().decode(mode.s))
      if (renamed) mode.s = new TextEncoder().encode(renamed)
    },
  },
]

const newModes = new Map([
  ['bilinear', 'linear'],
  ['bicubic', 'cubic'],
])

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
