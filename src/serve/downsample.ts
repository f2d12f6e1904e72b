import type { Series } from './api.ts'

/**
 * Thins a curve so that it looks the same: the first and the last point, and from each of `most - 2` buckets the point that spans
 * the largest triangle with the one kept before and the mean of the next bucket.
 *
 * Source: S. Steinarsson, Downsampling Time Series for Visual Representation, University of Iceland, 2013.
 * @param most points that are kept, at least 3.
 */
export function downsample(x: ArrayLike<number>, y: ArrayLike<number>, most: number): Series {
  const count = x.length
  if (count <= most) return { x: Array.from(x, brief), y: Array.from(y, brief) }
  const kept = [0]
  const size = (count - 2) / (most - 2)
  for (let bucket = 0; bucket < most - 2; bucket++) {
    const [start, end] = [1 + Math.floor(bucket * size), 1 + Math.floor((bucket + 1) * size)]
    const next = Math.min(count, 1 + Math.floor((bucket + 2) * size))
    kept.push(largestTriangle(x, y, kept.at(-1)!, start, end, meanOf(x, y, end, Math.max(end + 1, next))))
  }
  kept.push(count - 1)
  return { x: kept.map((i) => brief(x[i]!)), y: kept.map((i) => brief(y[i]!)) }
}

function largestTriangle(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  before: number,
  start: number,
  end: number,
  [nextX, nextY]: readonly [number, number],
): number {
  let best = start
  let largest = -1
  for (let i = start; i < end; i++) {
    const area = Math.abs(
      (x[before]! - nextX) * (y[i]! - y[before]!) - (x[before]! - x[i]!) * (nextY - y[before]!),
    )
    if (area > largest) [best, largest] = [i, area]
  }
  return best
}

function meanOf(x: ArrayLike<number>, y: ArrayLike<number>, start: number, end: number): [number, number] {
  let [sumX, sumY] = [0, 0]
  for (let i = start; i < end; i++) {
    sumX += x[i]!
    sumY += y[i]!
  }
  return [sumX / (end - start), sumY / (end - start)]
}

/** A curve of more points than this is smoothed by the means of neighbors. */
const MOST_SMOOTHED = 2000

/**
 * A centered moving average over a fortieth of the curve to either side. The window shrinks towards the start, which is
 * steep and keeps its height; at the end only its left half is left.
 */
export function smooth(x: ArrayLike<number>, y: ArrayLike<number>): Series {
  const size = Math.ceil(x.length / MOST_SMOOTHED)
  const starts = Array.from({ length: Math.ceil(x.length / size) }, (_, i) => i * size)
  const means = starts.map((start) => meanOf(x, y, start, Math.min(x.length, start + size)))
  const [meanX, meanY] = [means.map((mean) => mean[0]), means.map((mean) => mean[1])]
  const radius = Math.ceil(means.length / 40)
  const smoothed = meanX.map((_, i) => {
    const reach = Math.min(radius, i)
    return meanOf(meanX, meanY, i - reach, Math.min(means.length, i + reach + 1))[1]
  })
  return { x: meanX, y: smoothed }
}

/** Six digits: more than a screen shows, and half the bytes. */
export const brief = (value: number): number => Number(value.toPrecision(6))
