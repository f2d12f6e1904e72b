import type { TypedArray } from '../../core/index.ts'

/**
 * A compiled loop: goes over the first `length` elements of `arrays`; both lists are in the plan's order. Returns the
 * plan's sums.
 */
export type Kernel = (
  arrays: readonly TypedArray[],
  scalars: readonly number[],
  length: number,
) => readonly number[]
