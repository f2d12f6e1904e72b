import { sizeOf } from '../../core/index.ts'
import { countClasses, type Loader, type Preprocessing, type Split } from '../../data/index.ts'
import type { Prepared } from '../recipe/prepare.ts'
import type { Moments } from '../statistics-event.ts'
import { duplicatesAmong } from './duplicates.ts'

/** What the data are like, from a quick look at the start: for whoever looks at a run and has only its events. */
export interface DataFacts {
  /** Training samples of each class, all of them counted; absent where there are no classes. */
  readonly classCounts?: readonly number[]
  /**
   * How often two samples of the same batch are of the same class, and how often two training samples are: the first is
   * far larger where batches come sorted. Absent where there are no classes.
   */
  readonly sameClass?: { readonly inBatch: number; readonly inAll: number }
  /** What the network is given, augmentation excluded. */
  readonly inputs: InputFacts
  /** Samples that are also among the training samples, value by value; absent if the data are not in memory. */
  readonly duplicates?: { readonly validation: number; readonly test: number }
}

/** Of training samples from all over the first epoch, as the network sees them. */
export interface InputFacts extends Moments {
  /** How many samples were looked at. */
  readonly samples: number
  readonly min: number
  readonly max: number
  /** The features one by one, of rows of a table; absent for images and sequences. */
  readonly features?: FeatureFacts
}

export interface FeatureFacts {
  /** Before those that never change are dropped, as are the next two. */
  readonly count: number
  /** Numbers of those that have the same value in every sample, from 0; the first 20. */
  readonly constant: readonly number[]
  readonly constants: number
  /** Standard deviations of the narrowest and the widest feature that the network sees, constant ones left out. */
  readonly smallestStd: number
  readonly largestStd: number
}

/** Samples to look at, and values in them: a few milliseconds' work. */
const SAMPLES = 2048
const VALUES = 4 * 2 ** 20

/** Fewer samples than this say little about how a batch is mixed. */
const WINDOW = 16

/** Looks at the data of a run. Takes well under half a second for 60,000 images. */
export async function dataFacts({ data, train, samples, preprocessing }: Prepared): Promise<DataFacts> {
  const seen = await look(train, preprocessing)
  const classes = 'classes' in data ? data.classes.length : undefined
  const counts = classes === undefined ? undefined : countClasses(data.train, classes, samples.train)
  return {
    ...(counts && { classCounts: counts, sameClass: sameClass(seen.windows, counts) }),
    inputs: seen.inputs,
    ...duplicatesOf(data.train, data.test, samples),
  }
}

function duplicatesOf(train: Split, test: Split, { train: known, validation }: Prepared['samples']) {
  const inTest = duplicatesAmong(train, known, test, 'all')
  const inValidation = validation ? duplicatesAmong(train, known, train, validation) : 0
  if (inTest === undefined || inValidation === undefined) return {}
  return { duplicates: { validation: inValidation, test: inTest } }
}

interface Seen {
  readonly inputs: InputFacts
  /** The labels of neighboring samples, as training gets them. */
  readonly windows: readonly (readonly number[])[]
}

/** Reads batches from all over the first epoch. */
async function look(
  train: Loader,
  { inputShape, outputShape, inGraph, applyTo }: Preprocessing,
): Promise<Seen> {
  const { batchSize, batchesPerEpoch } = train
  const size = sizeOf(inputShape)
  const perWindow = Math.min(batchesPerEpoch, Math.ceil(WINDOW / batchSize))
  const room = Math.min(SAMPLES, Math.max(WINDOW, Math.floor(VALUES / size)))
  const count = Math.max(
    1,
    Math.min(Math.floor(batchesPerEpoch / perWindow), Math.floor(room / (batchSize * perWindow))),
  )
  const loaded = new InputTally(size)
  const seen = inGraph ? new InputTally(sizeOf(outputShape)) : loaded
  const buffers = train.allocate()
  const windows: number[][] = []
  for (let i = 0; i < count; i++) {
    const first = Math.floor((i * (batchesPerEpoch - perWindow)) / Math.max(1, count - 1))
    const labels: number[] = []
    for (let step = first; step < first + perWindow; step++) {
      const real = await train.read(0, step, buffers)
      loaded.add(buffers.inputs, real)
      if (inGraph) seen.add(applyTo(buffers.inputs, real), real)
      labels.push(...buffers.labels.subarray(0, real))
    }
    windows.push(labels)
  }
  const { inputs, features } = seen.facts()
  return {
    inputs:
      inputShape.length === 1 ? { ...inputs, features: { ...features, ...loaded.constants() } } : inputs,
    windows,
  }
}

function sameClass(windows: Seen['windows'], counts: readonly number[]) {
  const shares = windows
    .filter(({ length }) => length > 1)
    .map((labels) => pairsAlike(countOf(labels), labels.length))
  const inBatch = shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length)
  return {
    inBatch,
    inAll: pairsAlike(
      counts,
      counts.reduce((sum, n) => sum + n, 0),
    ),
  }
}

/** How often two of `total` samples are of one class. */
const pairsAlike = (counts: Iterable<number>, total: number): number => {
  let pairs = 0
  for (const n of counts) pairs += n * (n - 1)
  return total > 1 ? pairs / (total * (total - 1)) : 0
}

function countOf(labels: readonly number[]): Iterable<number> {
  const counts = new Map<number, number>()
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts.values()
}

/** Sums over samples, by feature; what is measured from the first sample loses no digits to a large mean. */
class InputTally {
  readonly #size: number
  readonly #first: Float64Array
  readonly #sums: Float64Array
  readonly #squares: Float64Array
  readonly #varies: Uint8Array
  #samples = 0
  #min = Infinity
  #max = -Infinity

  constructor(size: number) {
    this.#size = size
    this.#first = new Float64Array(size)
    this.#sums = new Float64Array(size)
    this.#squares = new Float64Array(size)
    this.#varies = new Uint8Array(size)
  }

  add(inputs: Float32Array, samples: number): void {
    const size = this.#size
    if (this.#samples === 0) this.#first.set(inputs.subarray(0, size))
    for (let row = 0; row < samples; row++) {
      for (let i = 0; i < size; i++) {
        const value = inputs[row * size + i]!
        const delta = value - this.#first[i]!
        this.#sums[i]! += delta
        this.#squares[i]! += delta * delta
        if (delta !== 0) this.#varies[i] = 1
        if (value < this.#min) this.#min = value
        if (value > this.#max) this.#max = value
      }
    }
    this.#samples += samples
  }

  facts() {
    const n = this.#samples
    const means = Array.from(this.#sums, (sum, i) => this.#first[i]! + sum / n)
    const variances = Array.from(this.#squares, (squares, i) =>
      Math.max(0, squares / n - (this.#sums[i]! / n) ** 2),
    )
    const mean = means.reduce((sum, value) => sum + value, 0) / this.#size
    const spread = means.reduce((sum, value, i) => sum + variances[i]! + (value - mean) ** 2, 0) / this.#size
    const others = variances.filter((_, i) => this.#varies[i] === 1).map(Math.sqrt)
    return {
      inputs: { samples: n, mean, std: Math.sqrt(spread), min: this.#min, max: this.#max },
      features: {
        smallestStd: others.reduce((a, b) => Math.min(a, b), others[0] ?? 0),
        largestStd: others.reduce((a, b) => Math.max(a, b), 0),
      },
    }
  }

  constants() {
    const constant = [...this.#varies.keys()].filter((i) => this.#varies[i] === 0)
    return { count: this.#size, constant: constant.slice(0, 20), constants: constant.length }
  }
}
