import { ensure, formatShape, GradusError, type Shape, sameShape, sizeOf } from '../core/index.ts'

/** Labelled samples in memory, packed one after another. */
export interface Split {
  /** Row-major [count, ...shape]. Pixels stay bytes until they are batched. */
  readonly inputs: Uint8Array | Float32Array
  /** The class of each sample, [count]. */
  readonly labels: Int32Array
  readonly count: number
  /** The shape of one sample, channels first: [C, H, W] for images, [features] for rows of a table. */
  readonly shape: Shape
}

/** Samples to learn to classify, with the test samples set apart. */
export interface Dataset {
  readonly name: string
  /** What is to be learned; other tasks will be other members of a union. */
  readonly task: 'classification'
  readonly train: Split
  readonly test: Split
  /** The shape of one sample, that of both splits. */
  readonly inputShape: Shape
  /** The values that a raw input can take, both ends included: [0, 255] for ordinary pixels. */
  readonly inputRange: readonly [low: number, high: number]
  /** The name of each class, by label. */
  readonly classes: readonly string[]
}

/** Which samples of a split: their numbers, in the order wanted, or all of them. */
export type Indices = Uint32Array | 'all'

/**
 * Puts samples that are in memory together, without a copy.
 * @param where names the samples in errors.
 * @throws if there are no samples, or if inputs and labels are not of the same number.
 */
export function makeSplit(
  inputs: Uint8Array | Float32Array,
  labels: Int32Array,
  shape: Shape,
  where = 'split',
): Split {
  const size = sizeOf(shape)
  ensure(size > 0, `${where}: expected samples with at least one value, got shape ${formatShape(shape)}`)
  ensure(labels.length > 0, `${where}: expected at least one sample, got none`)
  ensure(
    inputs.length === labels.length * size,
    `${where}: ${labels.length} labels with samples of shape ${formatShape(shape)} need ` +
      `${labels.length * size} input values, got ${inputs.length}`,
  )
  return { inputs, labels, count: labels.length, shape }
}

/** A data set from splits that are in memory, checked. */
export function makeDataset(parts: Omit<Dataset, 'task' | 'inputShape'>): Dataset {
  const { name, train, test, classes } = parts
  ensure(
    sameShape(train.shape, test.shape),
    `${name}: train samples have shape ${formatShape(train.shape)}, test samples ${formatShape(test.shape)}`,
  )
  checkLabels(train.labels, classes.length, `${name} train`)
  checkLabels(test.labels, classes.length, `${name} test`)
  return { ...parts, task: 'classification', inputShape: train.shape }
}

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

/** The samples at `indices`, copied into a split of their own. */
export function takeSamples(split: Split, indices: Uint32Array): Split {
  const size = sizeOf(split.shape)
  const bytes = split.inputs instanceof Uint8Array
  const packed = new (bytes ? Uint8Array : Float32Array)(indices.length * size)
  const labels = new Int32Array(indices.length)
  resolveIndices(split, indices, 'takeSamples').forEach((sample, i) => {
    packed.set(split.inputs.subarray(sample * size, (sample + 1) * size), i * size)
    labels[i] = split.labels[sample]!
  })
  return makeSplit(packed, labels, split.shape)
}

/** `indices` as numbers, each checked to be that of a sample. */
export function resolveIndices(split: Split, indices: Indices, where: string): Uint32Array {
  if (indices === 'all') return Uint32Array.from({ length: split.count }, (_, i) => i)
  ensure(indices.length > 0, `${where}: expected at least one index, got none`)
  const wrong = indices.find((index) => index >= split.count)
  ensure(wrong === undefined, `${where}: index ${wrong} is past the ${split.count} samples of the split`)
  return indices
}
