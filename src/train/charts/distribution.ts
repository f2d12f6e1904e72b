import { ensure, type Tensor, type TypedArray } from '../../core/index.ts'

/** How numbers are spread. Mean, spread and histogram are over those that are finite; NaN and empty if none is. */
export interface Distribution {
  /** How many numbers there are. */
  readonly size: number
  readonly mean: number
  /** Standard deviation: the root of the mean squared distance from the mean. */
  readonly std: number
  /** Share that is exactly 0: in 0 .. 1. */
  readonly zeros: number
  /** Share that is NaN or infinite: in 0 .. 1. */
  readonly notFinite: number
  /** How many finite numbers are in each bin: from its edge up to the next one, the last bin with its end. */
  readonly counts: readonly number[]
  /** One more than there are bins, evenly from the smallest number to the largest. */
  readonly edges: readonly number[]
}

/** The distribution of a tensor's numbers, in double precision. */
export function distributionOf({ dtype, data }: Tensor, bins: number): Distribution {
  ensure(
    dtype !== 'float16',
    'distributionOf: expected numbers, got the bits of float16',
    'cast them to float32',
  )
  const numbers = data instanceof BigInt64Array ? Float64Array.from(data, Number) : data
  const { sum, zeros, finite, low, high } = survey(numbers)
  const ends = finite > 0 ? withWidth(low, high) : ([-0.5, 0.5] as const)
  const mean = sum / finite
  const { squares, counts } = sortInto(numbers, bins, ends, mean)
  const { length } = numbers
  return {
    size: length,
    mean,
    std: Math.sqrt(squares / finite),
    zeros: zeros / length,
    notFinite: (length - finite) / length,
    counts: Array.from(counts),
    edges: Array.from({ length: bins + 1 }, (_, i) => ends[0] + ((ends[1] - ends[0]) * i) / bins),
  }
}

/** The bin that a number within the edges falls into. */
export function binOf(edges: readonly number[], x: number): number {
  const bins = edges.length - 1
  const [low, high] = [edges[0]!, edges[bins]!]
  return Math.min(bins - 1, Math.floor((x - low) * (bins / (high - low))))
}

type Numbers = Exclude<TypedArray, BigInt64Array>

function survey(numbers: Numbers) {
  let [sum, zeros, finite] = [0, 0, 0]
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!
    if (!Number.isFinite(x)) continue
    finite++
    sum += x
    if (x === 0) zeros++
    if (x < low) low = x
    if (x > high) high = x
  }
  return { sum, zeros, finite, low, high }
}

/** Counts finite numbers by bin as {@link binOf} does, and adds up their squared distances from the mean. */
function sortInto(
  numbers: Numbers,
  bins: number,
  [low, high]: readonly [number, number],
  mean: number,
): { squares: number; counts: Float64Array } {
  const counts = new Float64Array(bins)
  const scale = bins / (high - low)
  let squares = 0
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i]!
    if (!Number.isFinite(x)) continue
    squares += (x - mean) * (x - mean)
    counts[Math.min(bins - 1, Math.floor((x - low) * scale))]!++
  }
  return { squares, counts }
}

/** Bins need a width, also where all numbers are the same. */
function withWidth(low: number, high: number): [low: number, high: number] {
  if (low < high) return [low, high]
  const half = Math.max(0.5, Math.abs(low) / 2)
  return [low - half, low + half]
}
