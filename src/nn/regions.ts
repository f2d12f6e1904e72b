import type { Random, TypedArray } from '../core/index.ts'

/** How an axis of `size` elements is cut into `count` regions of nearly equal length, size / count on average. */
export interface Regions {
  readonly size: number
  readonly count: number
  /**
   * `'pseudorandom'`: the cuts are those of equal parts, shifted by one random number and rounded, so that long and short
   * regions alternate evenly. `'random'`: long and short regions in random order.
   */
  readonly order: 'pseudorandom' | 'random'
  /** Whether a region also has the first element of the next one. */
  readonly overlapping: boolean
}

/** The most elements that a region has. */
export function widestRegion({ size, count, overlapping }: Omit<Regions, 'order'>): number {
  return overlapping ? Math.ceil((size - 1) / count) + 1 : Math.ceil(size / count)
}

/**
 * Cuts a_0 = 0 < a_1 < ... < a_count: region i is a_i .. a_(i+1), the last of them included where regions overlap.
 * Steps between cuts are the mean step rounded down or up.
 *
 * @param shift in (0, 1], for the pseudorandom order: `ceil(mean (i + shift))` as in the paper, less what it gives for 0.
 * Source: Graham, Fractional Max-Pooling, 2014.
 */
function cutsOf({ size, count, overlapping }: Regions, shift: number): number[] {
  const end = overlapping ? size - 1 : size
  const place = (i: number) => Math.ceil((end / count) * (i + shift))
  return Array.from({ length: count + 1 }, (_, i) => (i === count ? end : place(i) - place(0)))
}

/** Cuts whose steps are in random order; see {@link cutsOf}. */
function shuffledCuts(regions: Regions, random: Random): number[] {
  const even = cutsOf(regions, 1)
  const steps = random.shuffle(even.slice(1).map((cut, i) => cut - even[i]!))
  const cuts = [0]
  for (const step of steps) cuts.push(cuts.at(-1)! + step)
  return cuts
}

/** The positions of the elements of each region, [widest, count] row-major; a short region repeats its last element. */
function positionsOf(regions: Regions, cuts: readonly number[], into: TypedArray): void {
  const { count, overlapping } = regions
  const widest = widestRegion(regions)
  for (let i = 0; i < count; i++) {
    const last = cuts[i + 1]! - (overlapping ? 0 : 1)
    for (let k = 0; k < widest; k++) into[k * count + i] = Math.min(cuts[i]! + k, last)
  }
}

/** Fills int32 [widest, count] with the positions of random regions. */
export function fillRegions(data: TypedArray, regions: Regions, random: Random): void {
  const pseudorandom = () => cutsOf(regions, 1 - random.uniform()) // a shift in (0, 1]
  const cuts = regions.order === 'random' ? shuffledCuts(regions, random) : pseudorandom()
  positionsOf(regions, cuts, data)
}

/** Positions of the regions that lie as evenly as they can, int32 [widest, count]: what evaluation uses. */
export function evenRegions(regions: Regions): Int32Array {
  const data = new Int32Array(widestRegion(regions) * regions.count)
  positionsOf(regions, cutsOf(regions, 0.5), data)
  return data
}
