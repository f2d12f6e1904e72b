import { gradients } from '../autodiff/index.ts'
import {
  type DType,
  ensure,
  ensureKnownOptions,
  formatShape,
  isFloat,
  Random,
  type Shape,
  type Tensor,
} from '../core/index.ts'
import { Graph, input, type Value } from '../graph/index.ts'
import { fillRandom, initialize, type Layer, type LayerCall, type Trace, trace } from '../nn/index.ts'
import { compileGraph, type Program, type SessionOptions } from '../runtime/index.ts'
import { type Distribution, distributionOf } from './charts/distribution.ts'
import { saturatedShare } from './saturation.ts'
import { bindTensors } from './step/step.ts'
import { names } from './step/training-graph.ts'

export interface HistogramOptions extends SessionOptions {
  /** Without the batch axis: `[C, H, W]`. */
  readonly inputShape: Shape
  /** Seeds parameters, inputs and masks (default 0). Parameters start as those of a run with this seed. */
  readonly seed?: number
  /**
   * How many samples of standard-normal numbers go in (default 64), or the samples themselves: [N, ...inputShape]. Give
   * data as the model gets it, standardized.
   */
  readonly batch?: number | Tensor
  /** How many bins a histogram has (default 50). */
  readonly bins?: number
}

/** What comes out of one layer, and what comes back to it. */
export interface LayerHistogram {
  /** Its place in the model, such as `layer1.0.conv1`; empty if it is the whole model. */
  readonly path: string
  /** The kind of layer, such as `conv2d`. */
  readonly type: string
  /** Shape of the output, batch included. */
  readonly shape: Shape
  readonly activations: Distribution
  /**
   * Share of elements, in 0 .. 1, at which an activation passes almost no gradient: its slope is below 0.05. For tanh that
   * is beyond +-2.2, for ReLU below 0. Undefined for layers that are not made of operators known as element-wise (as GELU is
   * not), and for straight lines.
   */
  readonly saturated?: number
  /** Of the gradient with respect to the output, if standard-normal numbers come back to the model's output. */
  readonly gradients?: Distribution
}

/**
 * How activations and gradients are spread in each layer before training, to choose an initialization by: a spread that
 * shrinks or grows from layer to layer vanishes or explodes with depth. One forward and backward pass of the training graph,
 * with fresh parameters; batch norms go by the statistics of the batch, and dropout drops.
 *
 * There is no loss: standard-normal numbers stand for its gradient. What counts is how the spread changes on the way back.
 * ```ts
 * const layers = await activationHistograms(model, { inputShape: [100], batch: 256 })
 * for (const { path, activations } of layers) console.log(path, activations.std)
 * ```
 * @returns the innermost layers in the order in which they run; one that runs twice is there twice. Gradients only if the
 * model's output and the layer's hold floats. The same numbers each time, for the same number of threads.
 * @throws if an option is out of range, or the batch does not fit `inputShape`.
 * Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010, figures 6 and 7.
 */
export async function activationHistograms(
  model: Layer,
  options: HistogramOptions,
): Promise<LayerHistogram[]> {
  ensureKnownOptions('activationHistograms', options, ['inputShape', 'seed', 'batch', 'bins', 'threads'])
  const { inputShape, seed = 0, batch = 64, bins = 50, threads } = options
  expectWhole('bins', bins)
  const { shape, dtype } = samplesOf(batch, inputShape)
  const watched = watch(model, shape, dtype)
  const program = await compileGraph(watched.graph, { threads, lowering: false })
  bindTensors(program, initialize(model, seed))
  if (typeof batch === 'number') fillNormal(program, names.inputs, seed)
  else bindTensors(program, new Map([[names.inputs, batch]]))
  fillNormal(program, BACK, seed)
  for (const { value, fill } of watched.draws)
    fillRandom(program.inputs[value.name!]!.data, fill, new Random(seed, 'draw', 0, value.name!))
  await program.run()
  return watched.leaves.map((leaf, i) => describe(leaf, outputsOf(i), program, bins))
}

/** The graph input for the gradient that comes back to the model's output. */
const BACK = 'output-gradient'

const outputsOf = (i: number) =>
  ({ activations: `activations:${i}`, saturated: `saturated:${i}`, gradients: `gradients:${i}` }) as const

interface Watched {
  readonly graph: Graph
  readonly draws: Trace['draws']
  readonly leaves: readonly LayerCall[]
}

/** The graph that gives what comes out of each innermost layer, and comes back. */
function watch(model: Layer, shape: Shape, dtype: DType): Watched {
  const x = input(names.inputs, shape, dtype)
  const { output, tensors, draws, calls } = trace(model, x, { training: true })
  const leaves = calls.filter(({ layer }) => Object.keys(layer.children).length === 0)
  const back = isFloat(output.dtype) ? input(BACK, output.shape, output.dtype) : undefined
  const grads = gradientsAt(output, leaves, back)
  const outputs: Record<string, Value> = {}
  leaves.forEach((leaf, i) => {
    const at = outputsOf(i)
    const [share, grad] = [saturatedShare(leaf), grads.get(leaf.output)]
    outputs[at.activations] = leaf.output
    if (share) outputs[at.saturated] = share
    if (grad) outputs[at.gradients] = grad
  })
  const inputs = [x, ...tensors.values(), ...draws.map(({ value }) => value), ...(back ? [back] : [])]
  return { graph: new Graph(inputs, outputs), draws, leaves }
}

/** The gradients with respect to what the layers give, from the gradient `back` of the model's output. */
function gradientsAt(
  output: Value,
  leaves: readonly LayerCall[],
  back: Value | undefined,
): ReadonlyMap<Value, Value> {
  if (!back) return new Map()
  const floats = [...new Set(leaves.map((leaf) => leaf.output))].filter(({ dtype }) => isFloat(dtype))
  const grads = gradients(output, floats, back)
  return new Map(floats.map((value, i) => [value, grads[i]!]))
}

function describe(
  { path, layer: { type }, output: { shape } }: LayerCall,
  at: ReturnType<typeof outputsOf>,
  { outputs }: Program,
  bins: number,
): LayerHistogram {
  const [share, grads] = [outputs[at.saturated], outputs[at.gradients]]
  return {
    path,
    type,
    shape,
    activations: distributionOf(outputs[at.activations]!, bins),
    ...(share ? { saturated: Number(share.data[0]) } : {}),
    ...(grads ? { gradients: distributionOf(grads, bins) } : {}),
  }
}

/** Standard-normal numbers, a function of (seed, name). */
function fillNormal(program: Program, name: string, seed: number): void {
  const place = program.inputs[name]
  if (!place) return
  const random = new Random(seed, 'histograms', name)
  for (let i = 0; i < place.data.length; i++) place.data[i] = random.normal()
}

function samplesOf(batch: number | Tensor, inputShape: Shape): { shape: Shape; dtype: DType } {
  if (typeof batch === 'number') {
    expectWhole('batch', batch)
    return { shape: [batch, ...inputShape], dtype: 'float32' }
  }
  const [count = 0, ...rest] = batch.shape
  ensure(
    count > 0 && formatShape(rest) === formatShape(inputShape),
    `activationHistograms: expected a batch [N, ${inputShape.join(', ')}], got ${formatShape(batch.shape)}`,
  )
  return batch
}

function expectWhole(name: string, value: number): void {
  const whole = Number.isSafeInteger(value) && value > 0
  ensure(whole, `activationHistograms: expected ${name} to be a whole number >= 1, got ${value}`)
}
