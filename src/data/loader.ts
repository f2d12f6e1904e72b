import { ensure, Random, type Shape, sizeOf } from '../core/index.ts'
import { type Indices, resolveIndices, type Split } from './dataset.ts'
import { type Encode, encoder } from './encode.ts'
import type { Normalizer } from './normalizer.ts'

/** Where a batch is written. */
export interface BatchBuffers {
  /** [batchSize, ...sample shape], row-major. */
  readonly inputs: Float32Array
  /** [batchSize] */
  readonly labels: Int32Array
  /** Which samples of the split these are, [batchSize]. */
  readonly samples: Uint32Array
}

/** Samples for one step. */
export interface Batch extends BatchBuffers {
  /** How many samples are real: the rest of a last batch repeats them, so that shapes stay the same. */
  readonly count: number
}

export interface LoaderOptions {
  batchSize: number
  /** Another seed gives other orders (default 0). */
  seed?: number
  /** A new order each epoch (default true), or the order of the indices. */
  shuffle?: boolean
  /** Standardizes the inputs; raw values without it. */
  normalizer?: Normalizer
  /** Leave out a last batch that is not full (default false): in training no sample should count twice in a step. */
  dropLast?: boolean
}

/** Batches of samples, in an order that is a function of (seed, epoch) alone. */
export interface Loader {
  readonly batchSize: number
  readonly batchesPerEpoch: number
  /** Samples that an epoch covers: all of them, less what `dropLast` drops. */
  readonly samplesPerEpoch: number
  /** The shape of a batch's inputs, [batchSize, ...sample shape]. */
  readonly inputShape: Shape
  /**
   * The batches of an epoch, from step `fromStep` on (default 0). Two sets of buffers take turns, in all epochs: a
   * batch holds until the second one after it is asked for, or another epoch is begun; iterate one at a time.
   * A loop that awaits its steps wraps this in `prefetch`.
   * @throws if the epoch or the step is not one of this loader's.
   */
  batches(epoch: number, fromStep?: number): Generator<Batch, void, undefined>
  /**
   * Writes the batch of one step into buffers of the caller's; returns how many samples are real.
   * @param step 0 .. batchesPerEpoch - 1
   */
  read(epoch: number, step: number, into: BatchBuffers): number
  /** New buffers for a batch. */
  allocate(): BatchBuffers
}

/**
 * Loads batches from samples in memory.
 * @param indices the samples to use, such as a side of `splitValidation`.
 * @throws if the options do not fit the samples: no full batch to be had, or a normalizer for other channels.
 */
export function loader(split: Split, indices: Indices, options: LoaderOptions): Loader {
  return new MemoryLoader(split, resolveIndices(split, indices, 'loader'), options)
}

class MemoryLoader implements Loader {
  readonly batchSize: number
  readonly batchesPerEpoch: number
  readonly samplesPerEpoch: number
  readonly inputShape: Shape
  readonly #labels: Int32Array
  readonly #encode: Encode
  readonly #indices: Uint32Array
  readonly #seed: number
  readonly #shuffle: boolean
  readonly #slots: readonly BatchBuffers[]
  /** The order of the epoch asked for last. */
  readonly #order: Uint32Array
  #orderedEpoch: number | undefined

  constructor(split: Split, indices: Uint32Array, options: LoaderOptions) {
    const { batchSize, seed = 0, shuffle = true, normalizer, dropLast = false } = options
    ensure(
      Number.isInteger(batchSize) && batchSize > 0,
      `loader: expected a batchSize of at least 1, got ${batchSize}`,
    )
    ensure(
      !dropLast || batchSize <= indices.length,
      `loader: expected a batchSize of at most ${indices.length}, the number of samples, got ${batchSize}`,
      'take a smaller batchSize, or dropLast: false, which fills the batch by repeating samples',
    )
    const batches = indices.length / batchSize
    this.batchSize = batchSize
    this.batchesPerEpoch = dropLast ? Math.floor(batches) : Math.ceil(batches)
    this.samplesPerEpoch = dropLast ? this.batchesPerEpoch * batchSize : indices.length
    this.inputShape = [batchSize, ...split.shape]
    this.#labels = split.labels
    this.#encode = encoder(split, normalizer)
    this.#indices = indices.slice()
    this.#order = indices.slice()
    this.#seed = seed
    this.#shuffle = shuffle
    this.#slots = [this.allocate(), this.allocate()]
  }

  batches(epoch: number, fromStep = 0): Generator<Batch, void, undefined> {
    const last = this.batchesPerEpoch // one past the last step: what a run that stopped there has left
    ensure(
      Number.isInteger(fromStep) && fromStep >= 0 && fromStep <= last,
      `loader: expected to start at a step 0 .. ${last} of the epoch, got ${fromStep}`,
    )
    ensure(Number.isInteger(epoch) && epoch >= 0, `loader: expected an epoch of at least 0, got ${epoch}`)
    return this.#iterate(epoch, fromStep)
  }

  *#iterate(epoch: number, fromStep: number): Generator<Batch, void, undefined> {
    for (let step = fromStep; step < this.batchesPerEpoch; step++) {
      const slot = this.#slots[step % 2]!
      yield { ...slot, count: this.read(epoch, step, slot) }
    }
  }

  read(epoch: number, step: number, into: BatchBuffers): number {
    const steps = this.batchesPerEpoch
    ensure(
      Number.isInteger(step) && step >= 0 && step < steps,
      `loader: expected a step 0 .. ${steps - 1}, got ${step}`,
    )
    const order = this.#orderOf(epoch)
    const start = step * this.batchSize
    const size = sizeOf(this.inputShape) / this.batchSize
    ensure(
      into.inputs.length === size * this.batchSize &&
        into.labels.length === this.batchSize &&
        into.samples.length === this.batchSize,
      'loader: expected buffers made by allocate(), or of the same lengths',
    )
    const count = Math.min(this.batchSize, order.length - start)
    for (let row = 0; row < this.batchSize; row++) {
      const sample = order[start + (row % count)]!
      this.#encode(sample, into.inputs, row * size)
      into.labels[row] = this.#labels[sample]!
      into.samples[row] = sample
    }
    return count
  }

  allocate(): BatchBuffers {
    return {
      inputs: new Float32Array(sizeOf(this.inputShape)),
      labels: new Int32Array(this.batchSize),
      samples: new Uint32Array(this.batchSize),
    }
  }

  #orderOf(epoch: number): Uint32Array {
    if (this.#orderedEpoch === epoch || !this.#shuffle) return this.#order
    this.#order.set(this.#indices)
    new Random(this.#seed, 'order', epoch).shuffle(this.#order)
    this.#orderedEpoch = epoch
    return this.#order
  }
}
