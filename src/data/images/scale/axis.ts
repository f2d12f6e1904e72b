/** Which pixels along an axis make each scaled one, and how much of each. */
export interface Axis {
  /** The first pixel of each. */
  readonly starts: Int32Array
  /** [count, taps], whole numbers that add up to `one`. */
  readonly weights: Int16Array
}

/** How an axis is scaled. */
export interface AxisOptions {
  /** Pixels of the picture. */
  readonly size: number
  /** Where the part that is scaled begins, in pixels, which may be fractions of one. */
  readonly from: number
  /** Pixels that become one, above 0 and at most `taps / 2`. */
  readonly scale: number
  /** Pixels that it has afterwards. */
  readonly count: number
  readonly taps: number
  /** What a weight of 1 is. */
  readonly one: number
}

/**
 * Weights of a triangle as wide as two pixels of the smaller picture, or of the original if that is the smaller: interpolates
 * where a picture grows, and averages where it shrinks (as Pillow's `BILINEAR`). At the borders what lies beyond has no
 * weight.
 *
 * Threads get this function as text: it may use nothing from outside.
 */
export function axisOf({ size, from, scale, count, taps, one }: AxisOptions): Axis {
  const starts = new Int32Array(count)
  const weights = new Int16Array(count * taps)
  const reach = Math.max(scale, 1)
  const row = new Float64Array(taps)
  for (let i = 0; i < count; i++) {
    const center = from + (i + 0.5) * scale
    const start = Math.max(0, Math.floor(center - reach + 0.5))
    const end = Math.min(size, Math.floor(center + reach + 0.5), start + taps)
    let sum = 0
    for (let k = 0; k < taps; k++) {
      row[k] = start + k < end ? Math.max(0, 1 - Math.abs(start + k + 0.5 - center) / reach) : 0
      sum += row[k]!
    }
    let [rest, largest] = [one, 0]
    for (let k = 0; k < taps; k++) {
      const weight = Math.round((row[k]! / sum) * one)
      weights[i * taps + k] = weight
      rest -= weight
      if (row[k]! > row[largest]!) largest = k
    }
    weights[i * taps + largest]! += rest
    starts[i] = start
  }
  return { starts, weights }
}
