import { ensure, Random, type Shape, sizeOf } from '../core/index.ts'
import { type Labels, labelWidth, type Split } from './dataset.ts'
import type { Normalizer } from './normalizer.ts'

/** Where a batch is written. */
export interface BatchBuffers {
  /** [batchSize, ...sample shape], row-major. */
  readonly inputs: Float32Array
  /** Classes, [batchSize], or numbers to predict, [batchSize, targets]. */
  readonly labels: Labels
  /** Which samples of the split these are, [batchSize]. */
  readonly samples: Uint32Array
}

export interface LoaderOptions {
  batchSize: number
  /** Another seed gives other orders (default 0). */
  seed?: number
  /** A new order each epoch (default true), or the order of the indices. */
  shuffle?: boolean
  /** Standardizes the inputs; raw values without it. */
  normalizer?: Normalizer
  /** Standardizes numbers to predict, by target; raw values without it. */
  targets?: Normalizer
  /** Which samples an epoch has, and in which order; each once by default. */
  sampling?: Sampling
  /** Leave out a last batch that is not full (default false): in training no sample should count twice in a step. */
  dropLast?: boolean
}

/** Chooses the samples of an epoch. */
export interface Sampling {
  readonly name: string
  /** How many samples an epoch has. */
  count(indices: Uint32Array, labels: Labels): number
  /** Writes the samples of an epoch, some of `indices`, in their order; a function of (seed, epoch) alone. */
  fill(into: Uint32Array, indices: Uint32Array, labels: Labels, random: Random): void
}

/** Which samples are in which batch, and what is not read from anywhere: their labels. */
export class BatchPlan {
  readonly batchSize: number
  readonly batchesPerEpoch: number
  readonly samplesPerEpoch: number
  readonly inputShape: Shape
  readonly sampleSize: number
  readonly #labels: Labels
  readonly #labelWidth: number
  readonly #targets: Normalizer | undefined
  readonly #indices: Uint32Array
  readonly #seed: number
  readonly #shuffle: boolean
  readonly #sampling: Sampling | undefined
  /** The order of the epoch asked for last. */
  readonly #order: Uint32Array
  #orderedEpoch: number | undefined

  constructor(split: Split, indices: Uint32Array, options: LoaderOptions) {
    const { batchSize, seed = 0, shuffle = true, dropLast = false, sampling, targets } = options
    const count = sampling ? sampling.count(indices, split.labels) : indices.length
    ensure(
      Number.isInteger(batchSize) && batchSize > 0,
      `loader: expected a batchSize of at least 1, got ${batchSize}`,
    )
    ensure(
      !dropLast || batchSize <= count,
      `loader: expected a batchSize of at most ${count}, the number of samples, got ${batchSize}`,
      'take a smaller batchSize, or dropLast: false, which fills the batch by repeating samples',
    )
    const batches = count / batchSize
    this.batchSize = batchSize
    this.batchesPerEpoch = dropLast ? Math.floor(batches) : Math.ceil(batches)
    this.samplesPerEpoch = dropLast ? this.batchesPerEpoch * batchSize : count
    this.inputShape = [batchSize, ...split.shape]
    this.sampleSize = sizeOf(split.shape)
    this.#labels = split.labels
    this.#labelWidth = labelWidth(split)
    this.#targets = targets
    this.#indices = indices.slice()
    this.#order = sampling ? new Uint32Array(count) : indices.slice()
    this.#seed = seed
    this.#shuffle = shuffle
    this.#sampling = sampling
  }

  expectPlace(epoch: number, fromStep: number): void {
    const last = this.batchesPerEpoch // one past the last step: what a run that stopped there has left
    ensure(
      Number.isInteger(fromStep) && fromStep >= 0 && fromStep <= last,
      `loader: expected to start at a step 0 .. ${last} of the epoch, got ${fromStep}`,
    )
    ensure(Number.isInteger(epoch) && epoch >= 0, `loader: expected an epoch of at least 0, got ${epoch}`)
  }

  /** Writes the numbers and the labels of the samples of a batch; returns how many are real. */
  fill(epoch: number, step: number, { inputs, labels, samples }: BatchBuffers): number {
    const { batchSize, batchesPerEpoch: steps } = this
    ensure(
      Number.isInteger(step) && step >= 0 && step < steps,
      `loader: expected a step 0 .. ${steps - 1}, got ${step}`,
    )
    ensure(
      inputs.length === this.sampleSize * batchSize &&
        labels.length === batchSize * this.#labelWidth &&
        samples.length === batchSize,
      'loader: expected buffers made by allocate(), or of the same lengths',
    )
    const order = this.#orderOf(epoch)
    const start = step * batchSize
    const count = Math.min(batchSize, order.length - start)
    for (let row = 0; row < batchSize; row++) {
      const sample = order[start + (row % count)]!
      this.#label(sample, labels, row)
      samples[row] = sample
    }
    return count
  }

  #label(sample: number, into: Labels, row: number): void {
    const width = this.#labelWidth
    for (let i = 0; i < width; i++) {
      const raw = this.#labels[sample * width + i]!
      const scale = this.#targets
      into[row * width + i] = scale ? (raw - scale.mean[i]!) / scale.std[i]! : raw
    }
  }

  allocate(): BatchBuffers {
    const labels = this.#labels instanceof Int32Array ? Int32Array : Float32Array
    return {
      inputs: new Float32Array(sizeOf(this.inputShape)),
      labels: new labels(this.batchSize * this.#labelWidth),
      samples: new Uint32Array(this.batchSize),
    }
  }

  #orderOf(epoch: number): Uint32Array {
    if (this.#orderedEpoch === epoch || (!this.#shuffle && !this.#sampling)) return this.#order
    const random = new Random(this.#seed, 'order', epoch)
    if (this.#sampling) this.#sampling.fill(this.#order, this.#indices, this.#labels, random)
    else {
      this.#order.set(this.#indices)
      random.shuffle(this.#order)
    }
    this.#orderedEpoch = epoch
    return this.#order
  }
}
