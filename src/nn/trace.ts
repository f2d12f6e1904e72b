import { type DType, ensure, GradusError, Random, type Shape, type Tensor } from '../core/index.ts'
import { constant, input, Value, withScope } from '../graph/index.ts'
import { drawTensor, dtypeOfFill, type Fill } from './draw.ts'
import { formatBatch, nameLayer } from './expect.ts'
import type { BufferSpec, ForwardContext, Layer, Moments, ParamSpec } from './layer.ts'

/** A parameter or buffer with its full name, such as `layer1.0.conv1.weight`. */
export interface Named<T> {
  readonly name: string
  readonly spec: T
}

/** All parameters of a model, in the order of its layers, under torch's names. */
export const parametersOf = (model: Layer): Named<ParamSpec>[] => collect(model, (layer) => layer.params)

/** All buffers of a model (running statistics), under torch's names. */
export const buffersOf = (model: Layer): Named<BufferSpec>[] => collect(model, (layer) => layer.buffers)

function collect<T>(layer: Layer, own: (layer: Layer) => Readonly<Record<string, T>>, path = ''): Named<T>[] {
  const here = Object.entries(own(layer)).map(([key, spec]) => ({ name: join(path, key), spec }))
  const below = Object.entries(layer.children).flatMap(([key, child]) => collect(child, own, join(path, key)))
  return [...here, ...below]
}

const join = (path: string, key: string) => (path ? `${path}.${key}` : key)

/**
 * The first values of a model's parameters and buffers, by name. Each is drawn from a stream of its own, a function of
 * `(seed, name)`: adding a layer does not change how the others start.
 */
export function initialize(model: Layer, seed: number): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>()
  for (const { name, spec } of [...parametersOf(model), ...buffersOf(model)]) {
    tensors.set(name, spec.init(spec.shape, new Random(seed, 'init', name)))
  }
  return tensors
}

/** Random numbers that the host fills in before each step. Its name says which layer asked. */
export interface DrawInput {
  readonly value: Value
  readonly fill: Fill
}

/** What a layer found in the batch, with the full names of the buffers that such statistics are kept in. */
export interface Observation extends Moments {
  readonly buffers: { readonly mean: string; readonly variance: string }
}

/** A layer's place in a trace: what went in and what came out. */
export interface LayerCall {
  readonly path: string
  readonly layer: Layer
  readonly input: Value
  readonly output: Value
}

/** The graph of a model for one input shape, with everything it needs and everything it changes. */
export interface Trace {
  readonly output: Value
  /** Inputs for parameters and buffers, by name; `x` itself is not among them. */
  readonly tensors: ReadonlyMap<string, Value>
  /** New values of buffers, by name (training only). */
  readonly updates: ReadonlyMap<string, Value>
  readonly draws: readonly DrawInput[]
  /** What layers with running statistics found in the batch; none in evaluation. */
  readonly observations: readonly Observation[]
  /** Every layer call, inner ones before the one that contains them. */
  readonly calls: readonly LayerCall[]
}

/**
 * Builds a model's graph for the input `x`.
 * @throws naming the layer, what it expected, what it got, and where that comes from.
 */
export function trace(model: Layer, x: Value, options: TraceOptions): Trace {
  const tracer = new Tracer(options)
  try {
    const output = tracer.run(model, '', x)
    const { tensors, updates, draws, observations, calls } = tracer
    return { output, tensors, updates, draws, observations, calls }
  } catch (error) {
    if (!(error instanceof GradusError)) throw error
    throw withOrigin(error, tracer.reached ?? x, tracer.calls)
  }
}

export interface TraceOptions {
  readonly training: boolean
  /**
   * In evaluation: let layers with running statistics go by those of the batch, and observe them, as is done to take them
   * over a whole set (default false).
   */
  readonly observe?: boolean
  /**
   * Which parameters stay as they are (default: none). A layer with running statistics whose own parameters are all among
   * them is built as in evaluation.
   */
  readonly frozen?: (name: string) => boolean
  /** What stands for parameters and buffers; by default fresh graph inputs under their names. */
  readonly values?: ReadonlyMap<string, Value>
}

/** Walks down a model, and writes down what it meets. */
class Tracer {
  readonly tensors = new Map<string, Value>()
  readonly updates = new Map<string, Value>()
  readonly draws: DrawInput[] = []
  readonly observations: Observation[] = []
  readonly calls: LayerCall[] = []
  /** What the layers have come to, for messages. */
  reached: Value | undefined
  readonly #options: TraceOptions
  /** How often each layer drew. */
  readonly #drawn = new Map<string, number>()
  /** The sample of an evaluation that is being built. */
  #sample: { readonly seed: number; readonly index: number } | undefined

  constructor(options: TraceOptions) {
    this.#options = options
  }

  run(layer: Layer, path: string, x: Value): Value {
    this.reached = x
    const self: Record<string, unknown> = {}
    for (const [key, spec] of Object.entries({ ...layer.params, ...layer.buffers })) {
      self[key] = this.#tensorAt(join(path, key), spec)
    }
    for (const [key, child] of Object.entries(layer.children)) {
      self[key] = (x: Value) => withScope(key, () => this.run(child, join(path, key), x))
    }
    const output = this.#forward(layer, path, x, self as Parameters<Layer['forward']>[1])
    this.calls.push({ path, layer, input: x, output })
    this.reached = output
    return output
  }

  /** What a layer gives. A layer may be one that a person wrote: what goes wrong in it says where it is. */
  #forward(layer: Layer, path: string, x: Value, self: Parameters<Layer['forward']>[1]): Value {
    const where = nameLayer(layer.type, path)
    let output: unknown
    try {
      output = layer.forward(x, self, this.#context(layer, path))
    } catch (cause) {
      if (cause instanceof GradusError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new GradusError(`${where}: ${reason}`, ['its forward threw this'], { cause })
    }
    if (output instanceof Value) return output
    const got = output === undefined ? 'nothing' : Array.isArray(output) ? 'an array' : typeof output
    throw new GradusError(`${where}: expected its forward to give a value, got ${got}`)
  }

  #tensorAt(name: string, spec: { shape: Shape; dtype?: DType }): Value {
    const given = this.tensors.get(name) ?? this.#options.values?.get(name)
    const known = given ?? input(name, spec.shape, spec.dtype)
    this.tensors.set(name, known)
    // A layer that is called twice goes on from what its first call made of a buffer.
    return this.updates.get(name) ?? known
  }

  #context(layer: Layer, path: string): ForwardContext {
    const { updates, observations } = this
    const { observe = false } = this.#options
    const frozen = this.#isFrozen(layer, path)
    const training = this.#options.training && !frozen
    const isRandom = () => training || this.#sample !== undefined
    const draw = (shape: Shape, fill: Fill) => {
      ensure(
        isRandom(),
        `${nameLayer(layer.type, path)} draws in evaluation`,
        'draw only where context.random holds',
      )
      return this.#draw(shape, fill, path)
    }
    return {
      training,
      // Asked late: a layer may take samples of itself.
      get random() {
        return isRandom()
      },
      batchStatistics: training || (observe && !frozen),
      observe({ mean, variance }, moments) {
        const buffers = { mean: join(path, mean), variance: join(path, variance) }
        observations.push({ ...moments, buffers })
      },
      update(values) {
        for (const [key, value] of Object.entries(values)) {
          const what = `${nameLayer(layer.type, path)} updates "${key}"`
          ensure(key in layer.buffers, `${what}, which is not one of its buffers`)
          updates.set(join(path, key), value)
        }
      },
      draw,
      mask: (shape, keep) => draw(shape, { kind: 'mask', keep }),
      sample: (seed, index, build) => this.#inSample(nameLayer(layer.type, path), { seed, index }, build),
    }
  }

  #isFrozen({ params, buffers }: Layer, path: string): boolean {
    const [names, { frozen }] = [Object.keys(params), this.#options]
    if (!frozen || names.length === 0 || Object.keys(buffers).length === 0) return false
    return names.every((key) => frozen(join(path, key)))
  }

  #draw(shape: Shape, fill: Fill, path: string): Value {
    const count = this.#drawn.get(path) ?? 0
    this.#drawn.set(path, count + 1)
    const name = `random:${count}:${path}`
    if (this.#sample) {
      const { seed, index } = this.#sample
      return constant(drawTensor(shape, fill, new Random(seed, 'sample', index, name)))
    }
    const value = input(name, shape, dtypeOfFill(fill))
    this.draws.push({ value, fill })
    return value
  }

  /** Counts what layers draw from 0 in each sample, so that a sample does not depend on those before it. */
  #inSample(asking: string, sample: { seed: number; index: number }, build: () => Value): Value {
    ensure(!this.#sample, `${asking}: samples cannot be taken within samples`)
    this.#sample = sample
    this.#drawn.clear()
    try {
      const output = build()
      ensure(this.#drawn.size > 0, `${asking}: nothing in the model is random, so all samples are the same`)
      return output
    } finally {
      this.#sample = undefined
    }
  }
}

/** Adds to an error the layers that `value`, the input of the failing layer, went through. */
function withOrigin(error: GradusError, value: Value, calls: readonly LayerCall[]): GradusError {
  const leaves = calls.filter((call) => Object.keys(call.layer.children).length === 0)
  const steps: string[] = []
  for (let at: Value | undefined = value; at && steps.length < 3; ) {
    const maker = leaves.findLastIndex((call) => call.output === at)
    const call = leaves[maker]
    // What no layer gave, an operator between layers did: on with its first input.
    at = call ? call.input : at.producer?.inputs[0]
    if (!call) continue
    steps.push(`${nameLayer(call.layer.type, call.path)} ${formatBatch(call.output.shape)}`)
    leaves.length = maker
  }
  if (steps.length === 0) return error
  const [message = '', ...notes] = error.message.split('\n  ')
  const origin = `the tensor comes from ${steps.join(' <- ')}`
  return new GradusError(message, [origin, ...notes], { cause: error.cause })
}
