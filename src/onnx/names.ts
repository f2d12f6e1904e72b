import { ensure } from '../core/index.ts'
import type { Graph, Node, Value } from '../graph/index.ts'
import { SCOPE_SEPARATOR } from './format.ts'

/** What the values and nodes of a graph are called in a file; all names differ. */
export interface Names {
  readonly nodes: ReadonlyMap<Node, string>
  readonly values: ReadonlyMap<Value, string>
}

/**
 * Names the nodes and values of a graph. Inputs and outputs keep their names, and constants where they have one; nodes are
 * called after their layer path, operator and place (`layer1.0.conv1/Conv_12`), and their outputs after them.
 * An output that is an input, a constant or an earlier output is not named here: it needs a node of its own.
 * @throws if an input and an output have the same name.
 */
export function nameGraph(graph: Graph): Names {
  const taken = new Set<string>()
  const values = new Map<Value, string>()
  const give = (value: Value, name: string) => values.set(value, unique(name, taken))
  for (const value of graph.inputs) give(value, value.name!)
  graph.outputNames.forEach((name, i) => {
    ensure(name !== '', `output ${i} of the graph has an empty name`, 'in a file that means: left out')
    ensure(!taken.has(name), `"${name}" is the name of an input and of an output`, 'rename the output')
    const value = graph.outputs[i]!
    if (value.producer && !values.has(value)) give(value, name)
    else taken.add(name)
  })
  graph.constants().forEach((value, i) => {
    if (!values.has(value)) give(value, value.name || `constant_${i}`)
  })
  const nodes = new Map<Node, string>()
  graph.nodes.forEach((node, i) => {
    const path = node.scope && `${node.scope}${SCOPE_SEPARATOR}`
    const name = `${path}${node.op.type}_${i}`
    nodes.set(node, name)
    node.outputs.forEach((value, at) => {
      if (!values.has(value)) give(value, at === 0 ? name : `${name}_${at}`)
    })
  })
  return { nodes, values }
}

/** `name`, or the first of `name_2`, `name_3`, ... that is free; takes it. */
function unique(name: string, taken: Set<string>): string {
  let result = name
  for (let i = 2; taken.has(result); i++) result = `${name}_${i}`
  taken.add(result)
  return result
}
