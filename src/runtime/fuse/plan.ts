import { type DType, ensure, formatShape, GradusError, type Shape, sameShape } from '../../core/index.ts'
import { describeNode, type Graph, type Node, type Value } from '../../graph/index.ts'

/** An array that a fused loop goes over. An input and an output of one name are the same array, updated in place. */
export interface ArraySlot {
  readonly name: string
  readonly dtype: DType
  readonly input?: Value
  readonly output?: Value
}

/** An element-wise graph, taken apart for a loop over its elements. */
export interface Plan {
  readonly arrays: readonly ArraySlot[]
  /** What is added up over the elements instead of being stored. */
  readonly sums: readonly Value[]
  /** The inputs of shape []. */
  readonly scalars: readonly Value[]
  /** The constants, all of one element. */
  readonly constants: readonly Value[]
  /** The nodes that are the same for all elements, to be computed before the loop. */
  readonly before: readonly Node[]
  /** The nodes to be computed for each element. */
  readonly inside: readonly Node[]
}

const fusible: ReadonlySet<DType> = new Set(['float32', 'float64', 'bool'])

/**
 * Takes an element-wise graph apart.
 * @param outputs whether the outputs are arrays of the same length, or added up to one number each.
 * @throws naming the node, if one is not element-wise, or has a dtype other than float32, float64 and bool, or a shape
 * that is neither [] nor that of the outputs.
 */
export function planOf(graph: Graph, outputs: 'arrays' | 'sums' = 'arrays'): Plan {
  const shape = graph.outputs[0]?.shape
  ensure(shape, 'cannot fuse a graph without outputs')
  ensure(shape.length > 0, `cannot fuse a graph with an output of shape []: "${graph.outputNames[0]}"`)
  for (const value of graph.inputs) expectFusible(value, shape, `input "${value.name}"`)
  for (const node of graph.nodes) {
    ensure(node.op.elementwise, `cannot fuse ${describeNode(node)}: it is not element-wise`)
    for (const value of node.outputs) expectFusible(value, shape, describeNode(node))
  }
  graph.outputs.forEach((value, i) => {
    ensure(
      sameShape(value.shape, shape),
      `cannot fuse: output "${graph.outputNames[i]}" is ${value}, the first output is ${formatShape(shape)}`,
    )
  })
  const constants = graph.constants()
  for (const value of constants) {
    if (value.rank > 0) {
      throw new GradusError(`cannot fuse: constant ${value} is not a single number`, ['make it an input'])
    }
  }
  const isScalar = (value: Value) => value.rank === 0
  return {
    arrays: slotsOf(graph, outputs),
    sums: outputs === 'sums' ? graph.outputs : [],
    scalars: graph.inputs.filter(isScalar),
    constants,
    before: graph.nodes.filter((node) => isScalar(node.outputs[0]!)),
    inside: graph.nodes.filter((node) => !isScalar(node.outputs[0]!)),
  }
}

function expectFusible(value: Value, shape: Shape, what: string): void {
  ensure(
    fusible.has(value.dtype),
    `cannot fuse ${what}: expected float32, float64 or bool, got ${value.dtype}`,
  )
  ensure(
    value.rank === 0 || sameShape(value.shape, shape),
    `cannot fuse ${what}: expected shape [] or ${formatShape(shape)}, got ${formatShape(value.shape)}`,
  )
}

function slotsOf(graph: Graph, outputs: 'arrays' | 'sums'): ArraySlot[] {
  const slots = new Map<string, ArraySlot>()
  for (const input of graph.inputs) {
    if (input.rank > 0) slots.set(input.name!, { name: input.name!, dtype: input.dtype, input })
  }
  if (outputs === 'sums') return [...slots.values()]
  graph.outputs.forEach((output, i) => {
    const name = graph.outputNames[i]!
    const slot = slots.get(name)
    ensure(
      !slot || slot.dtype === output.dtype,
      `cannot fuse: input "${name}" is ${slot?.dtype}, the output of that name ${output.dtype}`,
    )
    slots.set(name, { name, dtype: output.dtype, ...slot, output })
  })
  return [...slots.values()]
}
