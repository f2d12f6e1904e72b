import { ensure, GradusError } from '../core/index.ts'
import type { Node } from './node.ts'
import type { Value } from './value.ts'

/** Named values, in order. */
export type NamedValues = Readonly<Record<string, Value>>

/**
 * A computation from inputs to outputs: the nodes that the outputs reach, each after those it depends on.
 * What no output needs is not part of it.
 */
export class Graph {
  readonly inputs: readonly Value[]
  readonly outputNames: readonly string[]
  readonly outputs: readonly Value[]
  readonly nodes: readonly Node[]

  /**
   * @param inputs the values that are given at run time; each has a name, all names differ.
   * @throws if the outputs depend on an input that is not listed.
   */
  constructor(inputs: readonly Value[], outputs: NamedValues) {
    this.inputs = inputs
    this.outputNames = Object.keys(outputs)
    this.outputs = Object.values(outputs)
    this.nodes = sortedNodes(this.outputs)
    this.#check()
  }

  /** The outputs by name. */
  get results(): NamedValues {
    return Object.fromEntries(this.outputNames.map((name, i) => [name, this.outputs[i]!]))
  }

  /** The constants that the nodes read (and outputs that are constants), each once, in order of first use. */
  constants(): Value[] {
    const found = new Set<Value>()
    for (const node of this.nodes) for (const value of node.inputs) if (value?.data) found.add(value)
    for (const value of this.outputs) if (value.data) found.add(value)
    return [...found]
  }

  #check(): void {
    const listed = new Set(this.inputs)
    const names = new Set<string>()
    for (const value of this.inputs) {
      ensure(value.name, 'every graph input needs a name')
      ensure(!value.producer && !value.data, `graph input "${value.name}" is computed, so it cannot be given`)
      ensure(!names.has(value.name), `two graph inputs are called "${value.name}"`)
      names.add(value.name)
    }
    const demand = (value: Value | undefined, user: string) => {
      if (!value || value.producer || value.data || listed.has(value)) return
      throw new GradusError(`${user} needs input ${value}, which is not among the graph's inputs`, [
        `inputs: ${[...names].join(', ') || 'none'}`,
      ])
    }
    for (const node of this.nodes) for (const value of node.inputs) demand(value, describeNode(node))
    this.outputs.forEach((value, i) => {
      demand(value, `output "${this.outputNames[i]}"`)
    })
  }
}

/** `Conv in layer1.0.conv1`, for messages. */
export function describeNode(node: Node): string {
  return node.scope ? `${node.op.type} in ${node.scope}` : node.op.type
}

/** The nodes that `values` depend on, each after its inputs' producers (depth-first, without recursion). */
export function sortedNodes(values: readonly (Value | undefined)[]): Node[] {
  const order: Node[] = []
  const state = new Map<Node, 'open' | 'done'>()
  const stack: Node[] = []
  for (const value of [...values].reverse()) if (value?.producer) stack.push(value.producer)
  while (stack.length > 0) {
    const node = stack.at(-1)!
    const seen = state.get(node)
    if (seen) {
      stack.pop()
      if (seen === 'open') {
        state.set(node, 'done')
        order.push(node)
      }
      continue
    }
    state.set(node, 'open')
    for (let i = node.inputs.length - 1; i >= 0; i--) {
      const producer = node.inputs[i]?.producer
      if (producer && !state.has(producer)) stack.push(producer)
    }
  }
  return order
}
