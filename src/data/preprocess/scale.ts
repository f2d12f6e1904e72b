import { ensure } from '../../core/index.ts'
import { type Indices, type MemorySplit, resolveIndices } from '../dataset.ts'
import { channelsOf, type FittedNormalizer, type Normalizer } from '../normalizer.ts'
import type { FittedMap, ScaleMap } from './maps.ts'
import { expectFinite, type Moments, momentSums, nounOf } from './moments.ts'
import { definePreprocess, type FittedStep, type Samples, withoutOptions } from './preprocess.ts'

/**
 * z-scores: (x - mean) / std, per channel of pictures, per feature of rows; what a recipe does unless it says otherwise.
 * The std is that of the population (divided by n). A feature of rows that is the same in all training samples is dropped,
 * with a notice; a channel of pictures stays, with std 1 and a notice.
 * @throws when fitted: for inputs that are not finite, or rows of which no feature varies.
 */
export const standardize = definePreprocess(
  'standardize',
  withoutOptions('standardize', async (samples) => {
    const moments = await momentsOf(samples, 'standardize')
    const { mean, std } = normalizerOf(moments)
    return withoutConstants('standardize', samples, { kind: 'scale', mean, std }, isConstant(moments), mean)
  }),
  {
    doc: 'z-scores: mean 0 and variance 1, per channel of pictures, per feature of rows; what never changes is dropped from rows.',
    examples: [{ name: 'as it is', args: [] }],
  },
)

/** Takes the mean away, per channel of pictures, per feature of rows. @throws when fitted: for inputs that are not finite. */
export const center = definePreprocess(
  'center',
  withoutOptions('center', async (samples) => {
    const moments = await momentsOf(samples, 'center')
    return {
      maps: [{ kind: 'scale', mean: moments.map(({ mean }) => mean), std: moments.map(() => 1) }],
      notices: [],
    }
  }),
  {
    doc: 'Takes the mean away, per channel of pictures, per feature of rows.',
    examples: [{ name: 'as it is', args: [] }],
  },
)

/**
 * Puts the smallest number of the training samples at `low` and the largest at `high`, per channel of pictures, per feature
 * of rows; other samples may go beyond. A feature of rows that never changes is dropped, with a notice; such a channel stays.
 * @param range usually [0, 1], which is the default, or [-1, 1].
 * @throws unless low is below high; when fitted: for inputs that are not finite, or rows of which no feature varies.
 */
export const minMax = definePreprocess(
  'minMax',
  (range: readonly [low: number, high: number] = [0, 1]) => {
    const isRange = Array.isArray(range) && range.length === 2 && range.every(Number.isFinite)
    ensure(
      isRange && range[0] < range[1],
      `minMax: expected a range [low, high] such as [0, 1], got ${JSON.stringify(range)}`,
    )
    const [low, high] = range
    return async (samples) => {
      const extremes = await extremesOf(samples)
      const still = extremes.map(({ least, most }) => least === most)
      const std = extremes.map(({ least, most }, c) => (still[c] ? 1 : (most - least) / (high - low)))
      const mean = extremes.map(({ least }, c) => least - low * std[c]!)
      const values = extremes.map(({ least }) => least)
      return withoutConstants('minMax', samples, { kind: 'scale', mean, std }, still, values)
    }
  },
  {
    doc: 'From the smallest to the largest training value becomes [0, 1] or [-1, 1], per channel of pictures, per feature of rows.',
    examples: [
      { name: '0 to 1', args: [] },
      { name: '-1 to 1', args: [[-1, 1]] },
    ],
  },
)

/** Leaves inputs as they are: bytes become floats from 0 to 255. */
export const raw = definePreprocess(
  'raw',
  withoutOptions('raw', async () => ({ maps: [], notices: [] })),
  {
    doc: 'Leaves inputs as they are.',
    examples: [{ name: 'as it is', args: [] }],
  },
)

/**
 * The mean and standard deviation of each channel (the first axis of a sample), over all samples and positions.
 * Bytes are counted, not added up in floating point: the result is exact to the last rounding. Fit it on training
 * samples only.
 * @param indices the samples to look at: leave out those to validate on.
 * @throws if an input is not finite.
 */
export function fitNormalizer(split: MemorySplit, indices: Indices = 'all'): FittedNormalizer {
  const samples = resolveIndices(split, indices, 'fitNormalizer')
  const { inputs, shape } = split
  const size = inputs.length / split.count
  const sums = momentSums(inputs instanceof Uint8Array, shape, 'fitNormalizer')
  for (const sample of samples) sums.add(inputs.subarray(sample * size, (sample + 1) * size))
  const moments = sums.result()
  const { mean, std } = normalizerOf(moments)
  return { mean, std, notices: keptNotices(mean, isConstant(moments), samples.length) }
}

const isConstant = (moments: readonly Moments[]) => moments.map(({ variance }) => variance === 0)

const normalizerOf = (moments: readonly Moments[]): Normalizer => ({
  mean: moments.map(({ mean }) => mean),
  std: moments.map(({ variance }) => (variance === 0 ? 1 : Math.sqrt(variance))),
})

async function momentsOf({ shape, blocks }: Samples, where: string): Promise<Moments[]> {
  let sums: ReturnType<typeof momentSums> | undefined
  for await (const rows of blocks()) {
    sums ??= momentSums(rows instanceof Uint8Array, shape, where)
    sums.add(rows)
  }
  ensure(sums, `${where}: expected at least one sample, got none`)
  return sums.result()
}

interface Extremes {
  readonly least: number
  readonly most: number
}

async function extremesOf({ shape, blocks }: Samples): Promise<Extremes[]> {
  const { count, plane } = channelsOf(shape)
  const least = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const most = new Float64Array(count).fill(Number.NEGATIVE_INFINITY)
  for await (const rows of blocks())
    for (let at = 0; at < rows.length; )
      for (let c = 0; c < count; c++) {
        let [low, high] = [least[c]!, most[c]!]
        for (const end = at + plane; at < end; at++) {
          low = Math.min(low, rows[at]!)
          high = Math.max(high, rows[at]!)
        }
        least[c] = low
        most[c] = high
      }
  return Array.from(least, (low, c) => {
    expectFinite(most[c]! - low, 'minMax', nounOf(shape), c)
    return { least: low, most: most[c]! }
  })
}

/** A scale, with the features of rows that say nothing left out. */
function withoutConstants(
  name: string,
  { shape, count }: Samples,
  scale: ScaleMap,
  still: readonly boolean[],
  values: readonly number[],
): FittedStep {
  if (!still.includes(true)) return { maps: [scale], notices: [] }
  if (shape.length > 1) return { maps: [scale], notices: keptNotices(values, still, count) }
  const keep = Int32Array.from(still.keys()).filter((feature) => !still[feature])
  ensure(
    keep.length > 0,
    `${name}: expected features that vary, but all ${still.length} are the same in all ${count} training samples`,
  )
  const maps: FittedMap[] = [scale, { kind: 'select', keep }]
  return { maps, notices: [droppedNotice(name, values, still, count)] }
}

const keptNotices = (values: readonly number[], still: readonly boolean[], count: number): string[] =>
  values.flatMap((value, c) =>
    still[c] ? [`channel ${c} is ${value} in all ${count} samples; its std is set to 1`] : [],
  )

/** How many features a notice names before it only counts them. */
const NAMED = 8

function droppedNotice(
  name: string,
  values: readonly number[],
  still: readonly boolean[],
  count: number,
): string {
  const dropped = values.flatMap((value, feature) => (still[feature] ? [`${feature} (${value})`] : []))
  const rest = dropped.length > NAMED ? ` and ${dropped.length - NAMED} more` : ''
  const left = still.length - dropped.length
  return (
    `${name}: the same in all ${count} training samples, so dropped: feature ${dropped.slice(0, NAMED).join(', ')}${rest}; ` +
    `the model sees ${left} of ${still.length} features`
  )
}
