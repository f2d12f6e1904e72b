import { ensure, formatShape, GradusError, type Shape, sameShape, sizeOf } from '../core/index.ts'
import type { Feature } from './readers/table-features.ts'
import type { TableLayout } from './readers/table-layout.ts'

/** Samples that are read when they are asked for, such as pictures in files. */
export interface SampleReader {
  readonly dtype: 'uint8' | 'float32'
  /**
   * Writes samples one after another into `into`, [samples.length, ...shape]. Several calls may be under way at a time.
   * @throws naming the sample that cannot be read.
   */
  read(samples: Uint32Array, into: Uint8Array | Float32Array): Promise<void>
}

/** Row-major [count, ...shape], in memory or read when asked for. Pixels stay bytes until they are batched. */
export type Inputs = Uint8Array | Float32Array | SampleReader

/** The class of each sample, int32 [count], or the numbers to predict, float32 [count, targets]. */
export type Labels = Int32Array | Float32Array

/** Labelled samples. */
export interface Split<I extends Inputs = Inputs, L extends Labels = Labels> {
  readonly inputs: I
  readonly labels: L
  readonly count: number
  /** The shape of one sample, channels first: [C, H, W] for images, [features] for rows of a table. */
  readonly shape: Shape
  /** The group of each sample, [count]: samples of one group (a person, a scene) stay on the same side of every split. */
  readonly groups?: Int32Array
  /** What a person calls a sample, such as the path of its picture; without it, samples have numbers only. */
  readonly nameOf?: (sample: number) => string
}

/** Labelled samples in memory. */
export type MemorySplit<L extends Labels = Labels> = Split<Uint8Array | Float32Array, L>

interface DatasetOf<I extends Inputs, L extends Labels> {
  readonly name: string
  readonly train: Split<I, L>
  readonly test: Split<I, L>
  /** The shape of one sample, that of both splits. */
  readonly inputShape: Shape
  /** The values that a raw input can take, both ends included: [0, 255] for ordinary pixels. */
  readonly inputRange: readonly [low: number, high: number]
  /** What the person should know. */
  readonly notices?: readonly string[]
  /** What each number of a row is, of a table. */
  readonly features?: readonly Feature[]
  /** Which columns the rows of a table come from, which prediction then reads, too. */
  readonly layout?: TableLayout
  /** How the test samples were drawn from all, if nothing said which they are: their share, and the seed. */
  readonly drawn?: { readonly share: number; readonly seed: number }
  /** How pictures of another size came to theirs, which prediction then does too. */
  readonly fit?: 'cover' | 'contain' | 'fill'
}

/** Samples to learn to classify, with the test samples set apart. */
export interface ClassificationData<I extends Inputs = Inputs> extends DatasetOf<I, Int32Array> {
  readonly task: 'classification'
  /** The name of each class, by label. */
  readonly classes: readonly string[]
}

/** Samples to learn to predict numbers from, with the test samples set apart. */
export interface RegressionData<I extends Inputs = Inputs> extends DatasetOf<I, Float32Array> {
  readonly task: 'regression'
  /** The name of each number, such as `price`. */
  readonly targets: readonly string[]
}

export type Dataset<I extends Inputs = Inputs> = ClassificationData<I> | RegressionData<I>

/** A data set in memory. */
export type MemoryDataset = Dataset<Uint8Array | Float32Array>
/** A data set to classify, in memory. */
export type MemoryClasses = ClassificationData<Uint8Array | Float32Array>

type Parts<D extends Dataset> = Omit<D, 'task' | 'inputShape'>

/** Which samples of a split: their numbers, in the order wanted, or all of them. */
export type Indices = Uint32Array | 'all'

/**
 * Puts samples together, without a copy.
 * @param inputs in memory, or a reader of them.
 * @param labels classes, or for regression numbers: a whole number of them per sample.
 * @param count how many samples a reader has; that of the labels by default.
 * @param where names the samples in errors.
 * @throws if there are no samples, or if inputs and labels are not of the same number.
 */
export function makeSplit<I extends Inputs, L extends Labels>(
  inputs: I,
  labels: L,
  shape: Shape,
  where = 'split',
  count = countOf(inputs, labels, shape),
): Split<I, L> {
  const size = sizeOf(shape)
  ensure(size > 0, `${where}: expected samples with at least one value, got shape ${formatShape(shape)}`)
  ensure(labels.length > 0, `${where}: expected at least one sample, got none`)
  ensure(
    isReader(inputs) || inputs.length === count * size,
    `${where}: ${count} labels with samples of shape ${formatShape(shape)} need ` +
      `${count * size} input values, got ${isReader(inputs) ? 'a reader' : inputs.length}`,
  )
  ensure(
    labels.length % count === 0,
    `${where}: expected as many numbers to predict for each of ${count} samples, got ${labels.length} in all`,
  )
  return { inputs, labels, count, shape }
}

/** Classes are one per sample; numbers to predict are as many as the samples in memory say. */
function countOf(inputs: Inputs, labels: Labels, shape: Shape): number {
  if (labels instanceof Int32Array || isReader(inputs)) return labels.length
  const samples = inputs.length / sizeOf(shape)
  return samples > 0 && labels.length % samples === 0 ? samples : labels.length
}

export const isReader = (inputs: Inputs): inputs is SampleReader =>
  !(inputs instanceof Uint8Array || inputs instanceof Float32Array)

/** Whether the samples are in memory. */
export const isInMemory = <L extends Labels>(split: Split<Inputs, L>): split is MemorySplit<L> =>
  !isReader(split.inputs)

/** How many numbers are to be predicted for a sample of regression data; 1 for classes. */
export const labelWidth = ({ labels, count }: Split): number => labels.length / count

/** A data set from its splits, checked: with `classes` one to classify, with `targets` one to predict numbers from. */
export function makeDataset<I extends Inputs>(parts: Parts<ClassificationData<I>>): ClassificationData<I>
export function makeDataset<I extends Inputs>(parts: Parts<RegressionData<I>>): RegressionData<I>
export function makeDataset(parts: Parts<ClassificationData> | Parts<RegressionData>): Dataset {
  const { name, train, test } = parts
  ensure(
    sameShape(train.shape, test.shape),
    `${name}: train samples have shape ${formatShape(train.shape)}, test samples ${formatShape(test.shape)}`,
  )
  if ('classes' in parts) {
    checkLabels(parts.train.labels, parts.classes.length, `${name} train`)
    checkLabels(parts.test.labels, parts.classes.length, `${name} test`)
    return { ...parts, task: 'classification', inputShape: train.shape }
  }
  checkTargets(parts.train, parts.targets, `${name} train`)
  checkTargets(parts.test, parts.targets, `${name} test`)
  return { ...parts, task: 'regression', inputShape: train.shape }
}

function checkTargets(split: Split, targets: readonly string[], where: string): void {
  const width = labelWidth(split)
  ensure(
    width === targets.length,
    `${where}: expected ${targets.length} numbers per sample (${targets.join(', ')}), got ${width}`,
  )
  const wrong = split.labels.findIndex((value) => !Number.isFinite(value))
  ensure(
    wrong < 0,
    `${where}: expected finite numbers to predict, got ${split.labels[wrong]} for ` +
      `"${targets[wrong % width]}" of record ${Math.floor(wrong / width)} (the first is 0)`,
  )
}

/** How many numbers a model has to give for a sample: a score for each class, or each number to predict. */
export const outputsOf = (data: Dataset): number =>
  data.task === 'classification' ? data.classes.length : data.targets.length

/** Fails unless every label is one of 0 .. classes - 1; `where` says whose labels they are. */
export function checkLabels(labels: ArrayLike<number>, classes: number, where: string): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!
    if (label >= 0 && label < classes) continue
    throw new GradusError(
      `${where}: expected labels 0 .. ${classes - 1}, got ${label} in record ${i} (the first is 0)`,
      ['the file may be damaged or of another data set'],
    )
  }
}

/** The samples at `indices` as a split of their own: copied, or if they are not in memory, read under other numbers. */
export function takeSamples<I extends Inputs, L extends Labels>(
  split: Split<I, L>,
  indices: Uint32Array,
): Split<I, L> {
  const { inputs, labels, shape } = split
  const numbers = resolveIndices(split, indices, 'takeSamples')
  const taken = isReader(inputs) ? renumbered(inputs, numbers) : takeRows(inputs, sizeOf(shape), numbers)
  const takenLabels = takeRows(labels, labelWidth(split), numbers)
  const { groups, nameOf } = split
  return {
    ...makeSplit(taken as I, takenLabels as L, shape, 'takeSamples', numbers.length),
    ...(groups && { groups: takeRows(groups, 1, numbers) }),
    ...(nameOf && { nameOf: (sample: number) => nameOf(numbers[sample]!) }),
  }
}

/**
 * The samples of two splits, one after the other.
 * @throws if they are of different shapes or kinds.
 */
export function joinSplits(first: Split, second: Split): Split {
  const { shape, count } = first
  ensure(
    sameShape(shape, second.shape) && first.labels.constructor === second.labels.constructor,
    `joinSplits: expected samples alike, got ${formatShape(shape)} and ${formatShape(second.shape)}`,
  )
  const nameOf =
    first.nameOf && second.nameOf
      ? { nameOf: (i: number) => (i < count ? first.nameOf!(i) : second.nameOf!(i - count)) }
      : {}
  const inputs = joinInputs(first, second)
  const labels = joined(first.labels, second.labels)
  return { ...makeSplit(inputs, labels, shape, 'joinSplits', count + second.count), ...nameOf }
}

function joinInputs(first: Split, second: Split): Inputs {
  const [a, b] = [first.inputs, second.inputs]
  if (!isReader(a) && !isReader(b)) return joined(a, b)
  ensure(
    isReader(a) && isReader(b),
    'joinSplits: expected samples in memory, or that are read, got some of each',
  )
  ensure(a.dtype === b.dtype, `joinSplits: expected samples of one type, got ${a.dtype} and ${b.dtype}`)
  const { count } = first
  const size = sizeOf(first.shape)
  return {
    dtype: a.dtype,
    async read(samples, into) {
      // One by one: those of one side need not follow one another.
      const reads = Array.from(samples, (sample, i) => {
        const place = into.subarray(i * size, (i + 1) * size)
        return sample < count
          ? a.read(Uint32Array.of(sample), place)
          : b.read(Uint32Array.of(sample - count), place)
      })
      await Promise.all(reads)
    },
  }
}

function joined<T extends Uint8Array | Float32Array | Int32Array>(first: T, second: T): T {
  const packed = first.constructor as new (length: number) => T
  const result = new packed(first.length + second.length)
  result.set(first)
  result.set(second, first.length)
  return result
}

const renumbered = (reader: SampleReader, numbers: Uint32Array): SampleReader => ({
  dtype: reader.dtype,
  read: (samples, into) =>
    reader.read(
      samples.map((sample) => numbers[sample]!),
      into,
    ),
})

function takeRows<T extends Uint8Array | Float32Array | Int32Array>(
  rows: T,
  size: number,
  numbers: Uint32Array,
): T {
  const packed = rows.slice(0, 0).constructor as new (length: number) => T
  const taken = new packed(numbers.length * size)
  numbers.forEach((row, i) => {
    taken.set(rows.subarray(row * size, (row + 1) * size), i * size)
  })
  return taken
}

/** `indices` as numbers, each checked to be that of a sample. */
export function resolveIndices(split: Split, indices: Indices, where = 'indices'): Uint32Array {
  if (indices === 'all') return Uint32Array.from({ length: split.count }, (_, i) => i)
  ensure(indices.length > 0, `${where}: expected at least one index, got none`)
  const wrong = indices.find((index) => index >= split.count)
  ensure(wrong === undefined, `${where}: index ${wrong} is past the ${split.count} samples of the split`)
  return indices
}
