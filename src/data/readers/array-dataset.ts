import { ensure, formatShape, GradusError, sameShape } from '../../core/index.ts'
import { type ClassificationData, makeDataset, makeSplit, type RegressionData } from '../dataset.ts'
import { splitDataset } from '../splits.ts'
import { type ArraySamples, arrayLabels, arraySamples, type Channels } from './array-samples.ts'
import {
  checkClasses,
  expectPairs,
  type Learned,
  learnNumbers,
  type SplitChoice,
  type Task,
} from './labels.ts'
import type { NumberArray } from './npy.ts'
import { rangeOf } from './table-features.ts'

export interface ArrayOptions {
  /** Default: classes for whole numbers (at most 1,000 different ones) and one-hot rows; regression otherwise. */
  task?: Task
  /** Of images; guessed from the shape by default: [N, H, W] and [N, H, W, C] become [N, C, H, W]. */
  channels?: Channels
  /** The names of the classes, by label. */
  classes?: readonly string[]
  /** The test samples, if the file has none apart. */
  split?: SplitChoice
}

/** A data set from arrays, in memory. */
export type ArrayData = (
  | ClassificationData<Uint8Array | Float32Array>
  | RegressionData<Uint8Array | Float32Array>
) & {
  /** What a person should know: how the shape and the labels were taken. */
  readonly notices: readonly string[]
}

/** An array, its name, and where it is, for messages. */
export interface Named {
  readonly name: string
  readonly where: string
  readonly array: NumberArray
}

export interface ArrayPair {
  readonly inputs: Named
  readonly labels: Named
}

/** Whole numbers are classes up to so many of them. */
const MAX_CLASSES = 1000

/**
 * A data set from arrays of inputs and labels.
 * @param test the samples to test on; without them a part of the others is set apart.
 * @throws if the arrays do not fit each other, or hold what is not finite.
 */
export function arrayDataset(
  name: string,
  train: ArrayPair,
  test: ArrayPair | undefined,
  options: ArrayOptions,
): ArrayData {
  const notices: string[] = []
  const pairs = test ? [train, test] : [train]
  const samples = pairs.map(({ inputs }) => {
    return arraySamples(inputs.array, { name: inputs.where, channels: options.channels, notices })
  })
  const [of, other] = samples as [ArraySamples, ArraySamples | undefined]
  ensure(
    !other || (sameShape(of.shape, other.shape) && of.inputs.constructor === other.inputs.constructor),
    `${name}: expected test samples like those to train on, ${formatShape(of.shape)}, found ${formatShape(other?.shape ?? [])}` +
      ' or numbers of another type',
  )
  const learned = named(learn(pairs, samples, { name, task: options.task, notices }), options.classes, name)
  const inputRange = rangeOfInputs(of.inputs, train.inputs.array.kind)
  if (!other) return { ...splitApart(name, of, learned, options.split ?? {}, inputRange), notices }
  const sides = takeApart(learned, of.count)
  const splitOf = <L extends Int32Array | Float32Array>({ inputs, shape, count }: ArraySamples, labels: L) =>
    makeSplit(inputs, labels, shape, name, count)
  const common = { name, inputRange }
  const data =
    'classes' in sides
      ? makeDataset({
          ...common,
          classes: sides.classes,
          train: splitOf(of, sides.train),
          test: splitOf(other, sides.test),
        })
      : makeDataset({
          ...common,
          targets: sides.targets,
          train: splitOf(of, sides.train),
          test: splitOf(other, sides.test),
        })
  return { ...data, notices }
}

function splitApart(
  name: string,
  { inputs, shape, count }: ArraySamples,
  learned: Learned,
  { test = 0.2, seed = 0 }: SplitChoice,
  inputRange: readonly [number, number],
) {
  expectPairs(learned, name)
  const common = { name, test, seed, inputRange }
  return 'classes' in learned
    ? splitDataset({
        ...common,
        samples: makeSplit(inputs, learned.labels, shape, name, count),
        classes: learned.classes,
      })
    : splitDataset({
        ...common,
        samples: makeSplit(inputs, learned.labels, shape, name, count),
        targets: learned.targets,
      })
}

/** Labels of all samples are looked at together, so that a class has the same number on either side. */
function learn(
  pairs: readonly ArrayPair[],
  samples: readonly ArraySamples[],
  { name, task, notices }: { name: string; task: Task | undefined; notices: string[] },
): Learned {
  const parts = pairs.map(({ labels }, i) =>
    arrayLabels(labels.array, { name: labels.where, count: samples[i]!.count }),
  )
  const { width } = parts[0]!
  const label = pairs[0]!.labels
  ensure(
    parts.every((part) => part.width === width),
    `${name}: expected test labels like those to train on, ${width} a sample, found ${parts[1]?.width}`,
  )
  const [first, second] = parts.map((part) => part.values)
  const values = new Float64Array(first!.length + (second?.length ?? 0))
  values.set(first!)
  if (second) values.set(second, first!.length)
  if (width === 1) {
    const guessed = label.array.kind === 'float' ? undefined : MAX_CLASSES
    return learnNumbers(values, {
      name: label.name,
      where: name,
      task,
      notices,
      ...(guessed ? { guessed } : {}),
    })
  }
  const hot = task === 'regression' ? undefined : fromOneHot(values, width)
  if (hot) {
    notices.push(
      `${label.name}: ${width} classes, for each row has a single 1 (task: 'regression' predicts them)`,
    )
    return checkClasses(
      hot,
      Array.from({ length: width }, (_, c) => String(c)),
      name,
    )
  }
  ensure(
    task !== 'classification',
    `${label.where}: expected one class a sample, or rows with a single 1, found ${width} numbers a sample`,
  )
  return {
    labels: Float32Array.from(values),
    targets: Array.from({ length: width }, (_, t) => `${label.name} ${t}`),
  }
}

/** The place of the single 1 in each row; undefined if there is any other row. */
function fromOneHot(values: Float64Array, width: number): Int32Array | undefined {
  const labels = new Int32Array(values.length / width).fill(-1)
  for (let i = 0; i < values.length; i++) {
    const row = Math.floor(i / width)
    if (values[i] === 0) continue
    if (values[i] !== 1 || labels[row] !== -1) return undefined
    labels[row] = i % width
  }
  return labels.includes(-1) ? undefined : labels
}

/** Classes under the names that they were given. */
function named(learned: Learned, names: readonly string[] | undefined, where: string): Learned {
  if (names === undefined) return learned
  ensure('classes' in learned, `${where}: class names are given, but the labels are numbers to predict`)
  const labels = learned.labels.map((label) => Number(learned.classes[label]))
  const wrong = labels.find((label) => !(label >= 0 && label < names.length))
  if (wrong === undefined) return { labels, classes: names }
  throw new GradusError(
    `${where}: expected labels 0 .. ${names.length - 1} for ${names.length} class names, found ${wrong}`,
  )
}

type Sides =
  | { classes: readonly string[]; train: Int32Array; test: Int32Array }
  | { targets: readonly string[]; train: Float32Array; test: Float32Array }

/** The labels of the first `count` samples, and of the rest. */
function takeApart(learned: Learned, count: number): Sides {
  if ('classes' in learned) {
    const { labels, classes } = learned
    return { classes, train: labels.slice(0, count), test: labels.slice(count) }
  }
  const { labels, targets } = learned
  const end = count * targets.length
  return { targets, train: labels.slice(0, end), test: labels.slice(end) }
}

const rangeOfInputs = (inputs: Uint8Array | Float32Array, kind: NumberArray['kind']) =>
  inputs instanceof Uint8Array && kind === 'int' ? ([0, 255] as const) : rangeOf(inputs)
