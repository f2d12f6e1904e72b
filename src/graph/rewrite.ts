import { Graph } from './graph.ts'
import { Node } from './node.ts'
import type { Operator } from './operator.ts'
import { atScope } from './scope.ts'
import type { Value } from './value.ts'

/**
 * What to put in place of a node, given its inputs as already rewritten: one value per output, or undefined to keep it.
 */
export type Replacement = (node: Node, inputs: readonly (Value | undefined)[]) => readonly Value[] | undefined

/**
 * A graph with some nodes replaced. Inputs stay the same values; the others are rebuilt only where something below them
 * changed. New nodes carry the layer path of the node that they replace.
 */
export function rewrite(graph: Graph, replace: Replacement): Graph {
  const map = new Map<Value, Value>()
  const mapped = (value: Value) => map.get(value) ?? value
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((value) => value && mapped(value))
    const outputs = atScope(node.scope, () => replace(node, inputs)) ?? rebuilt(node, inputs)
    node.outputs.forEach((value, i) => {
      if (outputs[i] && outputs[i] !== value) map.set(value, outputs[i])
    })
  }
  const outputs = graph.outputNames.map((name, i) => [name, mapped(graph.outputs[i]!)] as const)
  return new Graph(graph.inputs, Object.fromEntries(outputs))
}

function rebuilt(node: Node, inputs: readonly (Value | undefined)[]): readonly Value[] {
  if (inputs.every((value, i) => value === node.inputs[i])) return node.outputs
  return new Node(node.op, inputs, node.attrs, node.outputs, node.scope).outputs
}

/**
 * The same graph in ONNX's own operators: every operator of the domain `gradus` is replaced by its definition,
 * except those in `keep`.
 */
export function expandFunctions(graph: Graph, keep: ReadonlySet<Operator> = new Set()): Graph {
  const expandable = (node: Node) => node.op.expand !== undefined && !keep.has(node.op)
  let result = graph
  while (result.nodes.some(expandable)) {
    result = rewrite(result, (node, inputs) =>
      expandable(node) ? node.op.expand!(inputs, node.attrs) : undefined,
    )
  }
  return result
}
