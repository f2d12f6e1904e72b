import type { Picture } from './augmentation.ts'

/**
 * What becomes of the color c of a pixel in a picture of the mean color m, all in [0, 1]: `own c + mean m + shift`. Colors have C
 * channels; `own` and `mean` are C x C, row by row.
 */
export interface ColorMap {
  readonly own: readonly number[]
  readonly mean: readonly number[]
  readonly shift: readonly number[]
}

const filled = (count: number, at: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => at(i))

/** A map from its parts; what is left out changes nothing. */
export function colorMap(channels: number, { own, mean, shift }: Partial<ColorMap> = {}): ColorMap {
  return {
    own: own ?? filled(channels ** 2, (i) => (i % (channels + 1) === 0 ? 1 : 0)),
    mean: mean ?? filled(channels ** 2, () => 0),
    shift: shift ?? filled(channels, () => 0),
  }
}

/** Luma (ITU-R BT.601) for red, green and blue; the mean of the channels for others. */
export const grayWeights = (channels: number): readonly number[] =>
  channels === 3 ? [0.299, 0.587, 0.114] : filled(channels, () => 1 / channels)

/** Both in one map: `first` is done first. A map that goes by the mean color sees that of what the first made. */
export function composeColors(first: ColorMap, then: ColorMap): ColorMap {
  const n = first.shift.length
  const both = sum(then.own, then.mean) // what is the same everywhere passes through either
  return {
    own: product(then.own, first.own, n),
    mean: sum(
      sum(product(then.own, first.mean, n), product(then.mean, first.own, n)),
      product(then.mean, first.mean, n),
    ),
    shift: sum(product(both, first.shift, n), then.shift),
  }
}

/** The same map on what the network sees: colors that are standardized. */
export function standardized(map: ColorMap, { unit: { scale, offset } }: Picture): ColorMap {
  const n = offset.length
  const rescaled = (matrix: readonly number[]) =>
    matrix.map((value, i) => (value * scale[i % n]!) / scale[Math.floor(i / n)]!)
  const blacks = product(sum(map.own, map.mean), offset, n)
  return {
    own: rescaled(map.own),
    mean: rescaled(map.mean),
    shift: map.shift.map((value, c) => (value + blacks[c]! - offset[c]!) / scale[c]!),
  }
}

const sum = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value + b[i]!)

/** a [n, n] times b [n, m], row by row. */
function product(a: readonly number[], b: readonly number[], n: number): number[] {
  const m = b.length / n
  return filled(b.length, (at) => {
    const [row, column] = [Math.floor(at / m), at % m]
    let total = 0
    for (let k = 0; k < n; k++) total += a[row * n + k]! * b[k * m + column]!
    return total
  })
}
