import { ensure, type Shape, type Tensor } from '../core/index.ts'
import type { Loader } from '../data/index.ts'
import { Graph, input } from '../graph/index.ts'
import { type Layer, type Observation, trace } from '../nn/index.ts'
import { type CompileOptions, compileGraph, type Program } from '../runtime/index.ts'
import { bindTensors } from './step/step.ts'
import { names } from './step/training-graph.ts'

export interface PopulationOptions extends CompileOptions {
  readonly model: Layer
  /** Without the batch axis: `[C, H, W]`. */
  readonly inputShape: Shape
  /** Parameters and buffers by name; the running statistics are changed in place. */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** Parameters that stay as they are; a norm whose own are all among them keeps its statistics. None by default. */
  readonly frozen?: (name: string) => boolean
}

/**
 * Prepares to give the layers with running statistics (batch norms) those of all samples of a loader, with the weights as they
 * are when it is called: the exact mean and (unbiased) variance over all samples and positions, where running ones are
 * a fading memory of the last batches, with weights that have moved on since. Every batch goes through the model once, each
 * norm going by the statistics of the batch and nothing being random; a last batch that is not full runs as what it is.
 *
 * Shuffle the loader: a batch of one class has the statistics of that class, and so have the layers after it.
 * @throws if the model has no layer that keeps statistics.
 * Source: Ioffe and Szegedy, Batch Normalization, 2015, algorithm 2; Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021.
 */
export function createPopulationStatistics(options: PopulationOptions): (loader: Loader) => Promise<void> {
  const { tensors, threads, lowering, programs: shared } = options
  const kept = observe(options, 2).observations.map(({ buffers }) => buffers)
  ensure(
    kept.length > 0,
    'populationStatistics: expected a model with layers that keep running statistics, found none',
    'leave the option out, or put a batch norm into the model',
  )
  const programs = new Map<number, Promise<Observer>>()
  const prepare = async (batchSize: number): Promise<Observer> => {
    const { graph, observations } = observe(options, batchSize)
    const program = await compileGraph(graph, { threads, lowering, programs: shared })
    bindTensors(program, tensors)
    return { program, observations }
  }
  return async (loader) => {
    const pools = new Map(kept.map(({ mean }) => [mean, new Pool()] as const))
    for await (const { inputs, count } of loader.batches(0)) {
      const preparing = programs.get(count) ?? prepare(count)
      programs.set(count, preparing)
      const { program, observations } = await preparing
      const x = program.inputs[names.inputs]!.data as Float32Array
      x.set(inputs.subarray(0, x.length))
      await program.run()
      observations.forEach(({ buffers, count }, i) => {
        const [mean, variance] = outputsOf(i).map((name) => program.outputs[name]!.data as Float32Array)
        pools.get(buffers.mean)!.add(mean!, variance!, count)
      })
    }
    for (const { mean, variance } of kept)
      pools
        .get(mean)!
        .write(tensors.get(mean)!.data as Float32Array, tensors.get(variance)!.data as Float32Array)
  }
}

interface Observer {
  readonly program: Program
  readonly observations: readonly Observation[]
}

const outputsOf = (i: number) => [`mean:${i}`, `variance:${i}`] as const

/** The graph that gives what the layers find in a batch. */
function observe({ model, inputShape, frozen }: PopulationOptions, batchSize: number) {
  const x = input(names.inputs, [batchSize, ...inputShape])
  const { tensors, observations } = trace(model, x, { training: false, observe: true, frozen })
  const outputs = observations.flatMap(({ mean, variance }, i) => {
    const [meanName, varianceName] = outputsOf(i)
    return [
      [meanName, mean],
      [varianceName, variance],
    ] as const
  })
  return { graph: new Graph([x, ...tensors.values()], Object.fromEntries(outputs)), observations }
}

/** Mean and variance of all numbers seen so far, in double precision (Chan et al., 1979). */
class Pool {
  #count = 0
  #mean: Float64Array | undefined
  /** Sum of squared distances from the mean. */
  #spread: Float64Array | undefined

  /** Takes in `count` more numbers per channel, by their mean and biased variance. */
  add(mean: Float32Array, variance: Float32Array, count: number): void {
    this.#mean ??= new Float64Array(mean.length)
    this.#spread ??= new Float64Array(mean.length)
    const total = this.#count + count
    for (let c = 0; c < mean.length; c++) {
      const distance = mean[c]! - this.#mean[c]!
      this.#mean[c]! += (distance * count) / total
      this.#spread[c]! += variance[c]! * count + (distance * distance * this.#count * count) / total
    }
    this.#count = total
  }

  /** Writes the mean and the unbiased variance. */
  write(mean: Float32Array, variance: Float32Array): void {
    ensure(this.#count > 1, 'populationStatistics: expected more than one value per channel, got one')
    mean.set(this.#mean!)
    variance.set(this.#spread!.map((sum) => sum / (this.#count - 1)))
  }
}
