import { gradients } from '../../autodiff/index.ts'
import { isFloat, type Shape, sizeOf, type Tensor } from '../../core/index.ts'
import { Graph, input, type Value } from '../../graph/index.ts'
import { type LayerCall, type Trace, trace } from '../../nn/index.ts'
import { cast, equal, mean, sub, sumSquare } from '../../ops/index.ts'
import { compileGraph, type Program } from '../../runtime/index.ts'
import { names, saturatedShare } from '../../train/index.ts'
import type { Samples, Subject } from './subject.ts'

/** What a layer gives, and what comes back to it. */
export interface LayerProbe {
  readonly path: string
  readonly type: string
  /** Batch included. */
  readonly shape: Shape
  /** Of all elements of the output. */
  readonly mean: number
  readonly std: number
  /** Share of elements that are 0. */
  readonly zeros: number
  /** Share of elements at which it passes almost no gradient; absent for layers that are no activations. */
  readonly saturated?: number
  /** Euclidean norm of the gradient of the loss with respect to the output. */
  readonly gradientNorm: number
}

/** One forward and backward pass in training, without chance. */
export interface Reading {
  readonly loss: number
  /** The model's output, [N, ...]. */
  readonly output: Tensor
  /** Innermost layers whose output holds floats, in the order in which they run. */
  readonly layers: readonly LayerProbe[]
  /** By the names of the trained parameters. */
  readonly gradients: ReadonlyMap<string, Float32Array>
  /** The gradient of the loss with respect to the inputs, [N, ...]. */
  readonly inputGradient: Float32Array
}

interface Parts {
  readonly program: Program
  readonly leaves: readonly LayerCall[]
  readonly trained: readonly string[]
}

/** The training graph of one batch with every layer and every gradient visible. Norms go by the statistics of the batch. */
export class Probe {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  static async create(subject: Subject, samples: Samples): Promise<Probe> {
    const { graph, leaves } = watch(subject, samples.count)
    const program = await compileGraph(graph, subject.compile)
    feed(program, samples)
    return new Probe({ program, leaves, trained: subject.trained })
  }

  /** Runs with these parameters. What it returns is its own. */
  async read(tensors: ReadonlyMap<string, Tensor>): Promise<Reading> {
    const { program, leaves, trained } = this.#parts
    for (const [name, { data }] of tensors)
      (program.inputs[name]?.data as Float32Array | undefined)?.set(data as Float32Array)
    await program.run()
    const { outputs } = program
    const floats = (name: string) => outputs[name]!.data.slice() as Float32Array
    return {
      loss: Number(outputs[names.loss]!.data[0]),
      output: { ...outputs.output!, data: floats('output') } as Tensor,
      layers: leaves.map((leaf, i) => describe(leaf, i, outputs)),
      gradients: new Map(trained.map((name) => [name, floats(names.gradient(name))])),
      inputGradient: floats('d inputs'),
    }
  }
}

/** Writes samples into the inputs and targets of a program. */
export function feed(program: Program, { inputs, labels }: Samples): void {
  ;(program.inputs[names.inputs]!.data as Float32Array).set(inputs)
  ;(program.inputs[names.targets]!.data as Float32Array).set(labels)
}

export interface Forward {
  readonly inputs: readonly Value[]
  readonly x: Value
  readonly loss: Value
  readonly traced: Trace
}

/** The model without chance and its loss, in training, for a batch of `count`. */
export function forward({ prepared, calmModel, inputShape, frozen }: Subject, count: number): Forward {
  const x = input(names.inputs, [count, ...inputShape])
  const traced = trace(calmModel, x, { training: true, frozen })
  const { loss } = prepared
  const targets = input(names.targets, loss.targetShape(traced.output.shape), loss.targetDType)
  const inputs = [x, targets, ...traced.tensors.values()]
  return { inputs, x, loss: loss.apply(traced.output, targets), traced }
}

/** Layers without layers inside whose outputs hold floats. */
export const leavesOf = (calls: readonly LayerCall[]): LayerCall[] =>
  calls.filter(({ layer, output }) => Object.keys(layer.children).length === 0 && isFloat(output.dtype))

function watch(subject: Subject, count: number) {
  const { inputs, x, loss, traced } = forward(subject, count)
  const { trained } = subject
  const leaves = leavesOf(traced.calls)
  const wrt = [x, ...trained.map((name) => traced.tensors.get(name)!), ...leaves.map(({ output }) => output)]
  const [dx, ...rest] = gradients(loss, wrt)
  const outputs: Record<string, Value> = { [names.loss]: loss, output: traced.output, 'd inputs': dx! }
  trained.forEach((name, i) => {
    outputs[names.gradient(name)] = rest[i]!
  })
  leaves.forEach((leaf, i) => {
    Object.assign(outputs, statistics(leaf, rest[trained.length + i]!, i))
  })
  return { graph: new Graph(inputs, outputs), leaves }
}

const outputsOf = (i: number) =>
  ({
    mean: `mean:${i}`,
    squares: `squares:${i}`,
    zeros: `zeros:${i}`,
    gradient: `gradient norm:${i}`,
    saturated: `saturated:${i}`,
  }) as const

/** As numbers of the graph: the outputs of layers themselves can be large. */
function statistics(leaf: LayerCall, gradient: Value, i: number): Record<string, Value> {
  const at = outputsOf(i)
  const { output: y } = leaf
  const saturated = saturatedShare(leaf)
  const center = mean(y)
  return {
    [at.mean]: center,
    [at.squares]: sumSquare(sub(y, center)),
    [at.zeros]: mean(cast(equal(y, 0), 'float32')),
    [at.gradient]: sumSquare(gradient),
    ...(saturated && { [at.saturated]: saturated }),
  }
}

function describe(
  { path, layer: { type }, output: { shape } }: LayerCall,
  i: number,
  outputs: Program['outputs'],
): LayerProbe {
  const number = (name: string) => Number(outputs[name]!.data[0])
  const at = outputsOf(i)
  return {
    path,
    type,
    shape,
    mean: number(at.mean),
    std: Math.sqrt(number(at.squares) / sizeOf(shape)),
    zeros: number(at.zeros),
    ...(at.saturated in outputs ? { saturated: number(at.saturated) } : {}),
    gradientNorm: Math.sqrt(number(at.gradient)),
  }
}
