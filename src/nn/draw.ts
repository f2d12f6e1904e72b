import { type DType, type Random, type Shape, type Tensor, type TypedArray, zeros } from '../core/index.ts'
import { fillRegions, type Regions } from './regions.ts'

/**
 * How a tensor is filled with random numbers, as plain data: what runs the graph fills it before each step.
 *
 * `mask`: `value` (default 1 / keep) with probability `keep`, else 0. `uniform`: in [low, high).
 * `regions`: where the regions of a fractional pooling lie, int32.
 */
export type Fill =
  | { readonly kind: 'mask'; readonly keep: number; readonly value?: number }
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | ({ readonly kind: 'regions' } & Regions)

interface Filler<F extends Fill = Fill> {
  readonly dtype: DType
  fill(data: TypedArray, options: F, random: Random): void
}

const fillers: { readonly [K in Fill['kind']]: Filler<Extract<Fill, { kind: K }>> } = {
  mask: {
    dtype: 'float32',
    fill(data, { keep, value = 1 / keep }, random) {
      const threshold = keep * 4294967296
      for (let i = 0; i < data.length; i++) data[i] = random.bits() < threshold ? value : 0
    },
  },
  uniform: {
    dtype: 'float32',
    fill(data, { low, high }, random) {
      for (let i = 0; i < data.length; i++) data[i] = random.uniform(low, high)
    },
  },
  regions: { dtype: 'int32', fill: fillRegions },
}

/** The dtype of the tensor that `fill` fills. */
export const dtypeOfFill = (fill: Fill): DType => fillers[fill.kind].dtype

/** Fills `data` in place with the numbers that `random` gives. */
export function fillRandom(data: TypedArray, fill: Fill, random: Random): void {
  const filler: Filler = fillers[fill.kind]
  filler.fill(data, fill, random)
}

/** A new tensor of random numbers. */
export function drawTensor(shape: Shape, fill: Fill, random: Random): Tensor {
  const result = zeros(shape, dtypeOfFill(fill))
  fillRandom(result.data, fill, random)
  return result
}
