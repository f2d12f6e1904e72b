import { isFloat, type Tensor } from '../../core/index.ts'
import { Graph, type Node, sortedNodes, type Value } from '../../graph/index.ts'
import type { LayerCall } from '../../nn/index.ts'
import { mul, sum } from '../../ops/index.ts'
import { compileGraph } from '../../runtime/index.ts'
import { allFinite } from './finite.ts'
import { type Range, rangeOf } from './range.ts'
import { bindTensors } from './step.ts'
import { type GraphOptions, names, type TrainingGraph, trainingGraph } from './training-graph.ts'

/** What a step read: inputs, targets, draws; parameters and buffers. */
export interface Numbers {
  readonly feeds: Readonly<Record<string, Tensor>>
  readonly tensors: ReadonlyMap<string, Tensor>
}

/** What an operator worked on: a parameter or an input by its name, the output of a layer, or another operator. */
export interface Operand extends Range {
  readonly name: string
}

/** The operator that was the first to make numbers that are not finite of finite ones. */
export interface Origin {
  /** Whether that was on the way to the loss, or on the way back. */
  readonly phase: 'forward' | 'backward'
  /** Such as `Conv`. */
  readonly operator: string
  /** The layer that it is part of, such as `layer1.0.conv1`; empty outside of layers: in the loss. */
  readonly layer: string
  /** Such as `conv2d`. */
  readonly type: string | undefined
  /** Whether what came out is the output of the layer, and not something on the way to it. */
  readonly isOutput: boolean
  readonly shape: readonly number[]
  readonly inputs: readonly Operand[]
}

/**
 * Runs a step again with every node visible, and follows what is not finite back from the loss, or from the gradients, to
 * where it came from. Undefined if all is finite this time: another form of the graph rounds in other ways.
 * @throws never for what the numbers are; an input that is not finite is for the caller to look for before.
 */
export async function findOrigin(options: GraphOptions, numbers: Numbers): Promise<Origin | undefined> {
  // As it was written: its operators are those of the layers. If it is fine, as it was run.
  for (const lowering of [false, true]) {
    const training = trainingGraph({ ...options, fold: lowering })
    const replay = new Replay(training, numbers, lowering)
    const node = await replay.first()
    if (node) return describe(training, node, await replay.operandsOf(node))
  }
  return undefined
}

class Replay {
  readonly #training: TrainingGraph
  readonly #numbers: Numbers
  readonly #lowering: boolean

  constructor(training: TrainingGraph, numbers: Numbers, lowering: boolean) {
    this.#training = training
    this.#numbers = numbers
    this.#lowering = lowering
  }

  /** The first node that makes something not finite of what is finite. */
  async first(): Promise<Node | undefined> {
    const { graph } = this.#training
    const values = graph.nodes.flatMap(({ outputs }) => outputs).filter(({ dtype }) => isComputed(dtype))
    // Only a sum leaves the graph for each: that of 0 x is 0 if all x are finite, and NaN otherwise.
    const sums = await this.#run(values.map((value) => sum(mul(value, 0))))
    const broken = new Set(values.filter((_, i) => !allFinite(sums[i]!)))
    const known = (value: Value | undefined) => value !== undefined && broken.has(value)
    let node = graph.outputs.find(known)?.producer
    while (node) {
      const before = node.inputs.find(known)
      if (!before) return node
      node = before.producer
    }
    return undefined
  }

  /** What went into a node. */
  async operandsOf({ inputs }: Node): Promise<Operand[]> {
    const given = inputs.filter((value) => value !== undefined)
    const made = given.filter(({ producer }) => producer)
    const results = await this.#run(made)
    return given.map((value) => {
      const held = results[made.indexOf(value)] ?? value.data ?? this.#given(value)
      return { name: nameOf(value, this.#training.calls), ...rangeOf(held) }
    })
  }

  #given({ name }: Value): Tensor {
    return this.#numbers.feeds[name!] ?? this.#numbers.tensors.get(name!)!
  }

  /** What values of the graph come to. */
  async #run(values: readonly Value[]): Promise<Tensor[]> {
    if (values.length === 0) return []
    const outputs = Object.fromEntries(values.map((value, i) => [`${i}`, value]))
    const graph = new Graph(this.#training.graph.inputs, outputs)
    const program = await compileGraph(graph, { lowering: this.#lowering })
    bindTensors(program, this.#numbers.tensors)
    const given = Object.entries(this.#numbers.feeds).filter(([name]) => name in program.inputs)
    const results = await program.call(Object.fromEntries(given))
    return values.map((_, i) => results[`${i}`]!)
  }
}

const isComputed = (dtype: Value['dtype']) => isFloat(dtype) && dtype !== 'float16'

function describe({ graph, calls }: TrainingGraph, node: Node, inputs: readonly Operand[]): Origin {
  const forward = sortedNodes([graph.results[names.loss]!])
  const there = calls.filter(({ path }) => path === node.scope)
  // What has no layer's name is of the loss, unless the model is a single layer.
  const isLoss = node.scope === '' && !sortedNodes([calls.at(-1)!.output]).includes(node)
  return {
    phase: forward.includes(node) ? 'forward' : 'backward',
    operator: node.op.type,
    layer: node.scope,
    type: isLoss ? undefined : there[0]?.layer.type,
    isOutput: there.some(({ output }) => node.outputs.includes(output)),
    shape: node.outputs[0]!.shape,
    inputs,
  }
}

function nameOf(value: Value, calls: readonly LayerCall[]): string {
  if (value.data) return 'a constant'
  if (value.name) return value.name
  const call = calls.find(({ output }) => output === value)
  if (call) return `the output of ${call.layer.type} "${call.path}"`
  const { op, scope } = value.producer!
  return scope ? `${op.type} in "${scope}"` : op.type
}
