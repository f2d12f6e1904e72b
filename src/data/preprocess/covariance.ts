import { ensure, sizeOf } from '../../core/index.ts'
import { expectFinite } from './moments.ts'
import type { Gram, Rows, Samples } from './preprocess.ts'

/** Means and covariances of all features of samples. */
export interface Covariance {
  /** [size] */
  readonly mean: Float64Array
  /** Divided by the number of samples, as in the text; symmetric, row-major [size, size]. */
  readonly matrix: Float64Array
  readonly size: number
}

/**
 * In one pass, in double precision: sums of products of the distances from the first block's mean, which is near the mean,
 * so that next to nothing is lost.
 * @param where names what it is for in errors.
 * @param watch is told from time to time which share of the samples is done.
 * @throws if there are fewer than two samples, or inputs that are not finite.
 */
export async function covarianceOf(
  { shape, count, blocks, gram }: Samples,
  where: string,
  watch: (done: number) => void = () => {},
): Promise<Covariance> {
  ensure(count > 1, `${where}: expected at least two training samples, got ${count}`)
  const size = sizeOf(shape)
  const sums = new Float64Array(size)
  const products = new Float64Array(size * size)
  let origin: Float64Array | undefined
  let seen = 0
  for await (const rows of blocks()) {
    origin ??= meanOf(rows, size)
    const centered = distances(rows, origin, sums)
    const added = await gram(centered, rows.length / size, size)
    for (let i = 0; i < size; i++)
      for (let j = i; j < size; j++) products[i * size + j]! += added[i * size + j]!
    seen += rows.length / size
    watch(seen / count)
  }
  const offset = sums.map((sum) => sum / count)
  const mean = offset.map((distance, j) => distance + origin![j]!)
  mean.forEach((value, j) => {
    expectFinite(value, where, 'feature', j)
  })
  for (let i = 0; i < size; i++)
    for (let j = i; j < size; j++) {
      const value = products[i * size + j]! / count - offset[i]! * offset[j]!
      products[i * size + j] = products[j * size + i] = value
    }
  return { mean, matrix: products, size }
}

function meanOf(rows: Rows, size: number): Float64Array {
  const mean = new Float64Array(size)
  for (let at = 0; at < rows.length; at += size) for (let j = 0; j < size; j++) mean[j]! += rows[at + j]!
  return mean.map((sum) => (sum * size) / rows.length)
}

/** The distances of rows from `origin`, which are added to `sums` besides. */
function distances(rows: Rows, origin: Float64Array, sums: Float64Array): Float64Array {
  const size = origin.length
  const result = new Float64Array(rows.length)
  for (let at = 0; at < rows.length; at += size)
    for (let j = 0; j < size; j++) {
      const distance = rows[at + j]! - origin[j]!
      result[at + j] = distance
      sums[j]! += distance
    }
  return result
}

/** Columns that are multiplied at a time, so that what is read lies in the cache. */
const TILE = 32

/** {@link Gram} in plain loops, for where nothing faster is at hand. */
export const plainGram: Gram = (rows, count, size) => {
  const columns = new Float64Array(rows.length) // [size, count]
  for (let i = 0; i < count; i++) for (let j = 0; j < size; j++) columns[j * count + i] = rows[i * size + j]!
  const result = new Float64Array(size * size)
  for (let top = 0; top < size; top += TILE)
    for (let left = top; left < size; left += TILE)
      for (let i = top; i < Math.min(top + TILE, size); i++)
        for (let j = Math.max(left, i); j < Math.min(left + TILE, size); j++)
          result[i * size + j] = dot(columns, i * count, j * count, count)
  return result
}

/** In four sums, which the processor adds at the same time. */
function dot(x: Float64Array, a: number, b: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  let i = 0
  for (; i + 4 <= count; i += 4) {
    s0 += x[a + i]! * x[b + i]!
    s1 += x[a + i + 1]! * x[b + i + 1]!
    s2 += x[a + i + 2]! * x[b + i + 2]!
    s3 += x[a + i + 3]! * x[b + i + 3]!
  }
  for (; i < count; i++) s0 += x[a + i]! * x[b + i]!
  return s0 + s1 + (s2 + s3)
}
