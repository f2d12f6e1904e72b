import { ensure, type Shape, sizeOf } from '../core/index.ts'
import { type Indices, type MemorySplit, resolveIndices } from './dataset.ts'

/**
 * Standardizes inputs by channel: (x - mean) / std, in the units of the raw inputs. Plain data: it is saved with a run
 * and goes in front of the exported model.
 */
export interface Normalizer {
  /** By channel. */
  readonly mean: readonly number[]
  /** By channel, positive. */
  readonly std: readonly number[]
}

export interface FittedNormalizer extends Normalizer {
  /** What a person should know: the channels that are constant, whose std is set to 1. */
  readonly notices: readonly string[]
}

/** The moments of one channel; the variance is that of the population (divided by n). */
interface Moments {
  readonly mean: number
  readonly variance: number
}

/**
 * The mean and standard deviation of each channel (the first axis of a sample), over all samples and positions.
 * Bytes are counted, not added up in floating point: the result is exact to the last rounding. Fit it on training
 * samples only.
 * @param indices the samples to look at: leave out those to validate on.
 * @throws if an input is not finite.
 */
export function fitNormalizer(split: MemorySplit, indices: Indices = 'all'): FittedNormalizer {
  const samples = resolveIndices(split, indices, 'fitNormalizer')
  const { inputs } = split
  const channels = channelsOf(split.shape)
  const moments =
    inputs instanceof Uint8Array
      ? byteMoments(inputs, samples, channels)
      : floatMoments(inputs, samples, channels)
  const constant = moments.flatMap(({ variance }, c) => (variance === 0 ? [c] : []))
  return {
    mean: moments.map(({ mean }) => mean),
    std: moments.map(({ variance }) => (variance === 0 ? 1 : Math.sqrt(variance))),
    notices: constant.map(
      (c) => `channel ${c} is ${moments[c]!.mean} in all ${samples.length} samples; its std is set to 1`,
    ),
  }
}

/** How a sample divides into channels: their number, and the values of each. */
export interface Channels {
  readonly count: number
  /** Values of one channel in one sample, which lie together. */
  readonly plane: number
}

/** Channels are the first axis of a sample. */
export function channelsOf(shape: Shape): Channels {
  const count = shape[0] ?? 1
  return { count, plane: sizeOf(shape) / count }
}

/** Fails unless the normalizer is one for so many channels. */
export function checkNormalizer({ mean, std }: Normalizer, channels: number): void {
  ensure(
    mean.length === channels && std.length === channels,
    `normalizer: expected a mean and a std for ${channels} channels, got ${mean.length} and ${std.length}`,
    'fit it on the data that it is used for',
  )
  const wrong = std.findIndex(
    (value, c) => !(value > 0 && Number.isFinite(value) && Number.isFinite(mean[c])),
  )
  ensure(
    wrong < 0,
    `normalizer: expected a finite mean and a positive std, got ${mean[wrong]} and ${std[wrong]} for channel ${wrong}`,
  )
}

function byteMoments(bytes: Uint8Array, samples: Uint32Array, { count, plane }: Channels): Moments[] {
  const tables = Array.from({ length: count }, () => new Uint32Array(LANES * 256))
  for (const sample of samples) {
    const start = sample * count * plane
    tables.forEach((table, c) => {
      countBytes(bytes, start + c * plane, start + (c + 1) * plane, table)
    })
  }
  const n = samples.length * plane
  return tables.map((table) => {
    let sum = 0
    let squares = 0
    table.forEach((times, i) => {
      const value = i % 256
      sum += times * value
      squares += times * value ** 2
    })
    return { mean: sum / n, variance: exactVariance(n, sum, squares) }
  })
}

const LANES = 4

/** Counts each value in four tables in turn: adding again to a count that was just changed would wait for it. */
function countBytes(bytes: Uint8Array, start: number, end: number, table: Uint32Array): void {
  let i = start
  for (; i + LANES <= end; i += LANES) {
    table[bytes[i]!]!++
    table[256 + bytes[i + 1]!]!++
    table[512 + bytes[i + 2]!]!++
    table[768 + bytes[i + 3]!]!++
  }
  for (; i < end; i++) table[bytes[i]!]!++
}

/** (n * squares - sum^2) / n^2, whose terms go beyond 2^53. */
function exactVariance(n: number, sum: number, squares: number): number {
  return Number(BigInt(n) * BigInt(squares) - BigInt(sum) ** 2n) / n ** 2
}

/** Two passes; the mean is measured from the channel's first value, so that a constant channel has variance 0. */
function floatMoments(values: Float32Array, samples: Uint32Array, { count, plane }: Channels): Moments[] {
  return Array.from({ length: count }, (_, c) => {
    const n = samples.length * plane
    const total = (term: (value: number) => number) => {
      let sum = 0
      for (const sample of samples) {
        const start = (sample * count + c) * plane
        for (let i = start; i < start + plane; i++) sum += term(values[i]!)
      }
      return sum
    }
    const first = values[(samples[0]! * count + c) * plane]!
    const mean = first + total((value) => value - first) / n
    ensure(Number.isFinite(mean), `fitNormalizer: channel ${c} has an input that is not finite`)
    return { mean, variance: total((value) => (value - mean) ** 2) / n }
  })
}
