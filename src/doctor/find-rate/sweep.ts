import { setTimeout as pause } from 'node:timers/promises'
import { cloneTensor, ensure, type Tensor } from '../../core/index.ts'
import { initialize } from '../../nn/index.ts'
import { withRate } from '../../optim/index.ts'
import type { CompileOptions } from '../../runtime/index.ts'
import { type CheckedRecipe, createTrainStep, type Prepared, type TrainStep } from '../../train/index.ts'

/** How a sweep goes. */
export interface SweepOptions extends CompileOptions {
  /** The rates of the first and the last step; they grow by the same factor from step to step. */
  readonly from: number
  readonly to: number
  readonly steps: number
  readonly signal: AbortSignal | undefined
}

/** One step of a sweep: the rate it was taken with, and the loss of its batch before it. */
export interface SweepPoint {
  readonly rate: number
  readonly loss: number
}

/** Where a sweep ends: this many times the loss that it began with, after which nothing comes back. */
const FAR = 10

/**
 * Trains copies of a model with rates that grow from step to step, one sweep for each seed: other first weights, other batches.
 * One graph is compiled, and serves them all; nothing of the recipe or of any run is touched.
 */
export class Sweeper {
  readonly #recipe: CheckedRecipe
  readonly #prepared: Prepared
  readonly #options: SweepOptions
  readonly #step: TrainStep
  readonly #tensors: ReadonlyMap<string, Tensor>
  /** The optimizer's state before the first step. */
  readonly #fresh: ReadonlyMap<string, Tensor>

  private constructor(
    recipe: CheckedRecipe,
    prepared: Prepared,
    {
      options,
      step,
      tensors,
    }: { options: SweepOptions; step: TrainStep; tensors: ReadonlyMap<string, Tensor> },
  ) {
    this.#recipe = recipe
    this.#prepared = prepared
    this.#options = options
    this.#step = step
    this.#tensors = tensors
    this.#fresh = new Map([...step.state].map(([name, tensor]) => [name, cloneTensor(tensor)]))
  }

  static async create(recipe: CheckedRecipe, prepared: Prepared, options: SweepOptions): Promise<Sweeper> {
    const { model, loss, augment, train } = prepared
    const { threads, lowering, from, to, steps } = options
    const tensors = initialize(model, recipe.seed)
    const step = await createTrainStep({
      threads,
      lowering,
      model,
      loss,
      augment,
      tensors,
      inputShape: train.inputShape.slice(1),
      batchSize: train.batchSize,
      accumulate: recipe.accumulate,
      optimizer: withRate(recipe.optimizer, (at) => rateAt(at, { from, to, steps })),
      horizon: { steps, stepsPerEpoch: train.batchesPerEpoch },
      seed: recipe.seed,
    })
    return new Sweeper(recipe, prepared, { options, step, tensors })
  }

  /** The losses of one sweep: fewer than `steps` if it diverged before. */
  async run(seed: number, watch: (point: SweepPoint) => void = () => {}): Promise<SweepPoint[]> {
    const { steps, signal } = this.#options
    const { train } = this.#prepared
    this.#reset(this.#recipe.seed + seed)
    const batch = train.allocate()
    const points: SweepPoint[] = []
    for (let at = 0; at < steps; at++) {
      // Epochs of its own for every sweep: other orders of the samples.
      const epoch = seed * Math.ceil(steps / train.batchesPerEpoch) + Math.floor(at / train.batchesPerEpoch)
      await train.read(epoch, at % train.batchesPerEpoch, batch)
      this.#step.inputs.data.set(batch.inputs)
      ;(this.#step.targets.data as Float32Array).set(batch.labels)
      const { loss } = await this.#step.run(at, 1, { epoch, samples: batch.samples })
      const point = { rate: rateAt(at, this.#options), loss }
      if (!Number.isFinite(loss)) break
      points.push(point)
      watch(point)
      if (loss > FAR * Math.max(points[0]!.loss, Number.MIN_VALUE)) break
      await pause(0)
      ensure(!signal?.aborted, 'the search for a rate was stopped')
    }
    return points
  }

  /** Ends the threads that it started. */
  end(): void {
    this.#step.end()
  }

  #reset(seed: number): void {
    const start = initialize(this.#prepared.model, seed)
    for (const [name, { data }] of this.#tensors)
      (data as Float32Array).set(start.get(name)!.data as Float32Array)
    for (const [name, { data }] of this.#step.state)
      (data as Float32Array).set(this.#fresh.get(name)!.data as Float32Array)
  }
}

/** Grows by the same factor from step to step. */
const rateAt = (step: number, { from, to, steps }: Pick<SweepOptions, 'from' | 'to' | 'steps'>): number =>
  from * (to / from) ** (step / (steps - 1))
