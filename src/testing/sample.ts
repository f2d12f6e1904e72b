import { type DType, Random, type Shape, sizeOf, type Tensor, tensor } from '../core/index.ts'
import type { Value } from '../graph/index.ts'

export type Float = 'float32' | 'float64'

/** What an input of a sample holds. `float` is whatever floating-point dtype is being tested. */
export interface SampleInput {
  readonly dtype: DType | 'float'
  readonly shape: Shape
  /** The elements, or the interval that distinct numbers are spread over. */
  readonly values: readonly number[] | { readonly from: number; readonly to: number }
}

/** One use of an operator. */
export interface Sample {
  /** What is special about it, such as `stride 2, padded`. */
  readonly name: string
  readonly inputs: readonly SampleInput[]
  readonly build: (...inputs: Value[]) => Value | readonly Value[]
  /** The dtype that the floating-point inputs must have, if it may not be chosen. */
  readonly float?: Float
}

/** A sample: `sample('a matrix', [floats([2, 3])], (x) => relu(x))`. */
export const sample = <const I extends readonly SampleInput[]>(
  name: string,
  inputs: I,
  build: (...inputs: { [K in keyof I]: Value }) => Value | readonly Value[],
  float?: Float,
): Sample => ({ name, inputs, build: build as Sample['build'], ...(float && { float }) })

/** Distinct numbers between `from` and `to` in random order, so that no two are near a tie; 0 is not among them. */
export const floats = (shape: Shape, from = -2, to = 2): SampleInput => ({
  dtype: 'float',
  shape,
  values: { from, to },
})

/** Given int64 numbers. */
export const integers = (values: readonly number[], shape: Shape = [values.length]): SampleInput => ({
  dtype: 'int64',
  shape,
  values,
})

/** Given truth values, 0 or 1. */
export const booleans = (values: readonly number[], shape: Shape = [values.length]): SampleInput => ({
  dtype: 'bool',
  shape,
  values,
})

/** The numbers of a sample's inputs, always the same. */
export function tensorsOf({ name, inputs }: Sample, float: Float): Tensor[] {
  return inputs.map(({ dtype, shape, values }, at) => {
    const numbers = 'from' in values ? spread(sizeOf(shape), values.from, values.to, name, at) : values
    return tensor(numbers, shape, dtype === 'float' ? float : dtype)
  })
}

/** An even grid, shuffled; the grids of different inputs are shifted against each other, and none contains its center. */
function spread(count: number, from: number, to: number, name: string, at: number): number[] {
  const shift = (0.35 + 0.3 * at) % 1
  const grid = Array.from({ length: count }, (_, i) => from + ((i + shift) / count) * (to - from))
  return new Random('sample', name, at).shuffle(grid)
}
