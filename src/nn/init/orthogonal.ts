import { ensure, ensureKnownOptions, formatShape, type Random, sizeOf, zeros } from '../../core/index.ts'
import { defineInitializer, expectPositive } from './define.ts'

export interface OrthogonalOptions {
  /** What all is multiplied by: see `init.gainFor` (default 1). */
  gain?: number
}

/**
 * An orthogonal matrix, drawn evenly from all there are: a product with it keeps lengths, so that signals neither grow nor
 * shrink through any number of linear layers or steps of a recurrent one. A weight [out, in, k...] counts as a matrix
 * [out, in k...]; if it has more rows than columns its columns are orthonormal, otherwise its rows, as in torch.
 * @throws if `gain` is not positive; when it is used, for a shape with fewer than two axes.
 * Source: Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, 2014.
 */
export const orthogonal = defineInitializer(
  'orthogonal',
  (options: OrthogonalOptions = {}) => {
    ensureKnownOptions('init.orthogonal', options, ['gain'])
    const { gain = 1 } = options
    expectPositive('orthogonal', 'gain', gain)
    return (shape, random) => {
      const [rows, ...rest] = shape
      ensure(
        rows !== undefined && rest.length > 0,
        `init.orthogonal: expected a matrix [out, in, ...], got ${formatShape(shape)}`,
        'start biases with init.zeros',
      )
      const columns = sizeOf(rest)
      const basis = orthonormal(Math.min(rows, columns), Math.max(rows, columns), random)
      const result = zeros(shape)
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++)
          result.data[i * columns + j] = gain * (rows <= columns ? basis[i]![j]! : basis[j]![i]!)
      return result
    }
  },
  {
    doc: 'An orthogonal matrix: signals keep their length through any number of linear layers.',
    source:
      'Saxe et al., Exact solutions to the nonlinear dynamics of learning in deep linear neural networks, 2014',
    examples: [
      { name: 'wide', args: [], input: [20, 50], std: 1 / Math.sqrt(50) },
      { name: 'tall, with a gain', args: [{ gain: 2 }], input: [50, 20], std: 2 / Math.sqrt(50) },
      { name: 'a convolution', args: [], input: [8, 4, 3, 3], std: 1 / 6 },
    ],
  },
)

/**
 * `count` vectors of length 1 at right angles, by modified Gram-Schmidt in double precision from normal vectors: these are
 * nearly independent, so that what rounding leaves of their angles is far below single precision.
 */
function orthonormal(count: number, length: number, random: Random): readonly Float64Array[] {
  const basis: Float64Array[] = []
  while (basis.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal())
    for (const known of basis) addScaled(vector, known, -dot(vector, known))
    const size = Math.sqrt(dot(vector, vector))
    for (let i = 0; i < length; i++) vector[i]! /= size
    basis.push(vector)
  }
  return basis
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function addScaled(to: Float64Array, other: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * other[i]!
}
