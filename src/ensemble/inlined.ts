import { type Graph, Node, Value } from '../graph/index.ts'

/**
 * The outputs of a graph on other inputs: a copy of its nodes and names, in layers below `name`.
 * @param inputs one for each of the graph's, of the same shapes.
 */
export function inlined(graph: Graph, inputs: readonly Value[], name: string): Value[] {
  const below = (path: string) => (path ? `${name}.${path}` : name)
  const copies = new Map(graph.inputs.map((value, i) => [value, inputs[i]!]))
  const copyOf = (value: Value): Value => {
    const known = copies.get(value)
    if (known) return known
    // What is neither an input nor from a node above is a constant; the numbers are shared.
    const copy = new Value(value, { data: value.data, name: value.name && below(value.name) })
    copies.set(value, copy)
    return copy
  }
  for (const { op, inputs, attrs, outputs, scope } of graph.nodes) {
    const operands = inputs.map((value) => value && copyOf(value))
    const copy = new Node(op, operands, attrs, outputs, below(scope))
    outputs.forEach((value, i) => {
      copies.set(value, copy.outputs[i]!)
    })
  }
  return graph.outputs.map(copyOf)
}
