import { ensure, type Shape } from '../../core/index.ts'
import { type Channels, channelsOf } from '../normalizer.ts'
import type { Rows } from './preprocess.ts'

/** The moments of one channel; the variance is that of the population (divided by n). */
export interface Moments {
  readonly mean: number
  readonly variance: number
}

/** Takes samples in, some at a time, and knows the moments of each channel over all samples and positions. */
export interface MomentSums {
  /** Takes in `rows` [count, ...shape]. */
  add(rows: Rows): void
  /** By channel. @throws if an input was not finite. */
  result(): Moments[]
}

/**
 * Sums for samples of a shape. Bytes are counted, not added up in floating point: the result is exact to the last rounding.
 * @param where names what they are for in errors.
 */
export const momentSums = (isBytes: boolean, shape: Shape, where: string): MomentSums =>
  isBytes ? new ByteCounts(channelsOf(shape)) : new FloatSums(channelsOf(shape), nounOf(shape), where)

/** What the first axis of a sample is called: the features of rows, the channels of pictures. */
export const nounOf = (shape: Shape): 'feature' | 'channel' => (shape.length === 1 ? 'feature' : 'channel')

const LANES = 4

class ByteCounts implements MomentSums {
  readonly #channels: Channels
  /** How often each value was seen, by channel, in several tables. */
  readonly #tables: readonly Float64Array[]
  #samples = 0

  constructor(channels: Channels) {
    this.#channels = channels
    this.#tables = Array.from({ length: channels.count }, () => new Float64Array(LANES * 256))
  }

  add(rows: Rows): void {
    const { count, plane } = this.#channels
    for (let at = 0; at < rows.length; this.#samples++)
      for (let c = 0; c < count; c++, at += plane)
        countBytes(rows as Uint8Array, at, at + plane, this.#tables[c]!)
  }

  result(): Moments[] {
    const n = this.#samples * this.#channels.plane
    return this.#tables.map((table) => {
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
}

/** Counts each value in four tables in turn: adding again to a count that was just changed would wait for it. */
function countBytes(bytes: Uint8Array, start: number, end: number, table: Float64Array): void {
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

/**
 * Mean and squared distances of the samples so far, put together with those of each block (Chan et al., 1979). Measured from
 * the channel's first value, so that a constant channel has variance 0.
 */
class FloatSums implements MomentSums {
  readonly #channels: Channels
  readonly #noun: string
  readonly #where: string
  #first: Float64Array | undefined
  #samples = 0
  /** From the first value. */
  readonly #mean: Float64Array
  readonly #spread: Float64Array

  constructor(channels: Channels, noun: string, where: string) {
    this.#channels = channels
    this.#noun = noun
    this.#where = where
    this.#mean = new Float64Array(channels.count)
    this.#spread = new Float64Array(channels.count)
  }

  add(rows: Rows): void {
    const { count, plane } = this.#channels
    this.#first ??= Float64Array.from({ length: count }, (_, c) => rows[c * plane]!)
    const samples = rows.length / (count * plane)
    const [sums, squares] = [new Float64Array(count), new Float64Array(count)]
    this.#sum(rows, this.#first, sums, false)
    const means = sums.map((sum) => sum / (samples * plane))
    this.#sum(
      rows,
      means.map((mean, c) => mean + this.#first![c]!),
      squares,
      true,
    )
    const [before, n, total] = [this.#samples, samples, this.#samples + samples]
    for (let c = 0; c < count; c++) {
      const distance = means[c]! - this.#mean[c]!
      this.#mean[c]! += (distance * n) / total
      this.#spread[c]! += squares[c]! + distance * distance * plane * ((before * n) / total)
    }
    this.#samples = total
  }

  /** Adds up the distances from `origin` by channel, or their squares. */
  #sum(rows: Rows, origin: Float64Array, into: Float64Array, squared: boolean): void {
    const { count, plane } = this.#channels
    for (let at = 0; at < rows.length; )
      for (let c = 0; c < count; c++) {
        const from = origin[c]!
        let sum = 0
        for (const end = at + plane; at < end; at++) {
          const distance = rows[at]! - from
          sum += squared ? distance * distance : distance
        }
        into[c]! += sum
      }
  }

  result(): Moments[] {
    return Array.from({ length: this.#channels.count }, (_, c) => {
      const mean = this.#first![c]! + this.#mean[c]!
      expectFinite(mean, this.#where, this.#noun, c)
      return { mean, variance: this.#spread[c]! / (this.#samples * this.#channels.plane) }
    })
  }
}

/** Fails for what a number that was not finite has gone into. */
export function expectFinite(value: number, where: string, noun: string, place: number): void {
  ensure(
    Number.isFinite(value),
    `${where}: ${noun} ${place} has an input that is not finite`,
    'put the data right: leave such samples out, or say what missing values are',
  )
}
