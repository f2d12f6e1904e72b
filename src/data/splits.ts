import { ensure, type KeyPart, Random } from '../core/index.ts'
import {
  type ClassificationData,
  type Dataset,
  type Inputs,
  makeDataset,
  type RegressionData,
  type Split,
  takeSamples,
} from './dataset.ts'
import { dealGroups } from './grouped.ts'
import { className, groupByLabel, type Stratified, stratify } from './stratify.ts'

export interface ValidationOptions {
  /** The part of the samples to validate on, between 0 and 1 (default 0.1). */
  fraction?: number
  /** Another seed gives another split (default 0). */
  seed?: number
  /** The names of the classes, for messages. */
  classes?: readonly string[] | undefined
}

/** Which samples of a split to train on and which to validate on, each in increasing order. */
export interface ValidationSplit {
  readonly train: Uint32Array
  readonly validation: Uint32Array
}

/**
 * Sets samples apart to validate on, without copying any: a random part, in which every class has its share, and at
 * least one sample. Samples of a group stay together. The same seed gives the same split.
 * @throws if `fraction` is not between 0 and 1, or if a class has a single sample.
 */
export function splitValidation(split: Split, options: ValidationOptions = {}): ValidationSplit {
  const { fraction = 0.1, seed = 0, classes } = options
  ensure(
    fraction > 0 && fraction < 1,
    `splitValidation: expected a fraction between 0 and 1, got ${fraction}`,
  )
  const { taken, rest } = setApart(split, fraction, { key: [seed, 'validation'], classes })
  return { train: rest, validation: taken }
}

/**
 * Divides samples into `count` parts for cross-validation: each part is validated on once, and trained on otherwise. Every
 * class has its share in every part; samples of a group stay together. The same seed gives the same parts.
 * Source: Kohavi, A study of cross-validation and bootstrap for accuracy estimation and model selection, 1995.
 * @throws if there are fewer than 2 parts, or a class (or the groups) with fewer members than parts.
 */
export function splitFolds(
  split: Split,
  count: number,
  { seed = 0, classes }: Omit<ValidationOptions, 'fraction'> = {},
): ValidationSplit[] {
  ensure(
    Number.isInteger(count) && count >= 2 && count <= 255,
    `folds: expected a whole number from 2 to 255, got ${count}`,
  )
  const parts = partsOf(split, count, { key: [seed, 'folds'], classes })
  const numbers = Uint32Array.from({ length: split.count }, (_, i) => i)
  return Array.from({ length: count }, (_, part) => ({
    train: numbers.filter((i) => parts[i] !== part),
    validation: numbers.filter((i) => parts[i] === part),
  }))
}

interface Draw {
  readonly key: readonly KeyPart[]
  readonly classes: readonly string[] | undefined
}

function partsOf(split: Split, count: number, { key, classes }: Draw): Uint8Array {
  const labels = strataOf(split)
  if (split.groups) return dealGroups(labels, split.groups, new Array(count).fill(1 / count), key)
  const parts = new Uint8Array(split.count)
  let next = 0 // goes on from class to class, so that parts differ by one sample at most
  for (const [label, members] of [...groupByLabel(labels)].sort(([a], [b]) => a - b)) {
    ensure(
      members.length >= count,
      `folds: expected at least ${count} samples of each class, one for each fold, got ${members.length} of class ${className(label, classes)}`,
      'take fewer folds, add samples of the class, or leave it out',
    )
    for (const sample of new Random(...key, label).shuffle(members)) parts[sample] = next++ % count
  }
  return parts
}

export interface SplitDatasetOptions {
  readonly name: string
  /** All samples. */
  readonly samples: Split
  /** The part of the samples to test on, between 0 and 1 (default 0.2). */
  readonly test?: number | undefined
  /** Another seed gives another split (default 0). */
  readonly seed?: number | undefined
  /** The first of the samples to test on, if they are known: they come last. */
  readonly testFrom?: number | undefined
  readonly inputRange: readonly [low: number, high: number]
  readonly fit?: Dataset['fit']
  readonly notices?: readonly string[]
}

/**
 * A data set of samples that come without a test split: a random part is set apart to test on, in which every class has its
 * share. Samples of a group stay together. The same seed gives the same split.
 * @throws if `test` is not between 0 and 1, or if a class has a single sample; if samples to test on are known, and a part of
 *   all is asked for.
 */
export function splitDataset<I extends Inputs>(
  options: SplitDatasetOptions & {
    readonly samples: Split<I, Int32Array>
    readonly classes: readonly string[]
  },
): ClassificationData<I>
export function splitDataset<I extends Inputs>(
  options: SplitDatasetOptions & {
    readonly samples: Split<I, Float32Array>
    readonly targets: readonly string[]
  },
): RegressionData<I>
export function splitDataset({
  samples,
  test,
  seed,
  testFrom,
  ...rest
}: SplitDatasetOptions & { readonly classes?: readonly string[] }): Dataset {
  const { name, classes } = rest
  const drawn = testFrom === undefined ? { share: shareOf(name, test), seed: seed ?? 0 } : undefined
  const sides = drawn
    ? setApart(samples, drawn.share, { key: [drawn.seed, 'test'], classes })
    : knownSides(name, samples.count, testFrom!, test)
  const parts = {
    ...rest,
    ...(drawn && { drawn }),
    train: takeSamples(samples, sides.rest),
    test: takeSamples(samples, sides.taken),
  }
  // Which of the two it is, the types of the signatures above have said.
  return (makeDataset as (parts: object) => Dataset)(parts)
}

function shareOf(name: string, test = 0.2): number {
  ensure(test > 0 && test < 1, `${name}: expected a share of test samples between 0 and 1, got ${test}`)
  return test
}

function knownSides(name: string, count: number, from: number, test: number | undefined): Stratified {
  ensure(
    test === undefined,
    `${name}: expected no share of samples to test on, since the data say which those are, got ${test}`,
  )
  const [train, tested] = [`${from} samples to train on`, `${count - from} to test on`]
  ensure(from > 0 && from < count, `${name}: expected samples on either side, found ${train} and ${tested}`)
  const numbers = Uint32Array.from({ length: count }, (_, i) => i)
  return { taken: numbers.subarray(from), rest: numbers.subarray(0, from) }
}

function setApart(split: Split, fraction: number, { key, classes }: Draw): Stratified {
  const labels = strataOf(split)
  if (!split.groups) return stratify(labels, Math.round(split.count * fraction), key, classes)
  const parts = dealGroups(labels, split.groups, [fraction, 1 - fraction], key)
  const numbers = Uint32Array.from({ length: split.count }, (_, i) => i)
  return { taken: numbers.filter((i) => parts[i] === 0), rest: numbers.filter((i) => parts[i] === 1) }
}

/** What each part should have its share of: the classes; numbers to predict have none. */
const strataOf = ({ labels, count }: Split): Int32Array =>
  labels instanceof Int32Array ? labels : new Int32Array(count)
