import { sizeOf } from '../../core/index.ts'
import { channelsOf, chunksOf, countClasses, type Dataset, labelWidth, type Split } from '../../data/index.ts'
import { type DuplicateFacts, Duplicates } from './duplicates.ts'
import { type FeatureSpread, FeatureSpreads } from './features.ts'
import { type LabelReport, suspiciousLabels } from './suspicious-labels.ts'

/** What is in a data set. Plain data. */
export interface DataReport {
  readonly name: string
  readonly task: Dataset['task']
  /** Shape of a sample, `[C, H, W]` or `[features]`. */
  readonly inputShape: readonly number[]
  readonly splits: readonly SplitReport[]
  /** By class, in the order of the labels; absent for numbers to predict. */
  readonly classes?: readonly ClassReport[]
  /** By number to predict; absent for classes. */
  readonly targets?: readonly TargetReport[]
  /** Of the training samples, by channel for pictures; in raw units. */
  readonly channels?: readonly FeatureSpread[]
  /** Features of rows of a table that hardly vary: numbers from 0, with what nearly all samples have, and names if they have any. */
  readonly nearConstant: readonly {
    readonly feature: number
    readonly name?: string
    readonly value: number
    readonly share: number
  }[]
  readonly duplicates: DuplicateFacts
  /** Training samples whose label their neighbors contradict; absent for numbers to predict. */
  readonly labels?: LabelReport
  /** What was left out when the data were read, and the like. */
  readonly notices: readonly string[]
}

export interface SplitReport {
  readonly split: 'train' | 'test'
  readonly samples: number
}

export interface ClassReport {
  readonly name: string
  readonly train: number
  readonly test: number
}

export interface TargetReport {
  readonly name: string
  readonly mean: number
  readonly std: number
  readonly min: number
  readonly max: number
}

/**
 * Looks at every sample of a data set once, wherever it is read from, and at the labels of up to 5,000 of them.
 * @throws if a sample cannot be read.
 */
export async function describeData(data: Dataset): Promise<DataReport> {
  const size = sizeOf(data.inputShape)
  const { count: channels, plane } = channelsOf(data.inputShape)
  const spreads = new FeatureSpreads(channels, plane)
  const duplicates = new Duplicates()
  for (const split of ['train', 'test'] as const)
    for await (const { inputs, samples } of chunksOf(data[split]))
      samples.forEach((sample, i) => {
        const values = inputs.subarray(i * size, (i + 1) * size)
        if (split === 'train') spreads.add(values)
        duplicates.add(split, sample, values)
      })
  const found = spreads.result()
  const isTable = data.inputShape.length === 1
  return {
    name: data.name,
    task: data.task,
    inputShape: data.inputShape,
    splits: [
      { split: 'train', samples: data.train.count },
      { split: 'test', samples: data.test.count },
    ],
    ...labelsOf(data),
    ...(!isTable && { channels: found.map(({ mean, std, min, max }) => ({ mean, std, min, max })) }),
    nearConstant: isTable ? spreads.nearConstant().map((found) => named(found, data)) : [],
    duplicates: duplicates.result(data),
    ...(data.task === 'classification' && { labels: await suspiciousLabels(data) }),
    notices: data.notices ?? [],
  }
}

function named<F extends { readonly feature: number }>(found: F, { features }: Dataset): F {
  const name = features?.[found.feature]?.name
  return { ...found, ...(name !== undefined && { name }) }
}

function labelsOf(data: Dataset): Pick<DataReport, 'classes' | 'targets'> {
  if (data.task === 'classification') {
    const [train, test] = [data.train, data.test].map((split) => countClasses(split, data.classes.length))
    return { classes: data.classes.map((name, c) => ({ name, train: train![c]!, test: test![c]! })) }
  }
  return { targets: data.targets.map((name, t) => ({ name, ...spreadOf(data.train, t) })) }
}

function spreadOf(split: Split, target: number): Omit<TargetReport, 'name'> {
  const width = labelWidth(split)
  const own = Array.from({ length: split.count }, (_, i) => split.labels[i * width + target]!)
  const mean = own.reduce((sum, value) => sum + value, 0) / own.length
  const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length
  const min = own.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const max = own.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  return { mean, std: Math.sqrt(variance), min, max }
}
