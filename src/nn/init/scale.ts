import { ensure, formatShape, type Shape, sizeOf, unknownName } from '../../core/index.ts'

/** Which side of a weight sets its scale. */
export type Fan = 'in' | 'out'

/**
 * How many inputs each output of a weight [out, in, k...] depends on, and how many outputs each input reaches.
 * `out` counts all groups of a grouped convolution, as PyTorch does.
 * @throws for a shape with fewer than two axes.
 */
export function fansOf(shape: Shape): { in: number; out: number } {
  const [outputs, inputs, ...kernel] = shape
  ensure(
    outputs !== undefined && inputs !== undefined,
    `a tensor ${formatShape(shape)} has no fan in and out: expected [out, in, ...]`,
    'start biases with init.zeros, or give the scale yourself with init.normal(std)',
  )
  return { in: inputs * sizeOf(kernel), out: outputs * sizeOf(kernel) }
}

/** The smooth ones: 1 / sqrt(mean of f(z)^2) for a standard normal z. */
const gains = {
  linear: 1,
  relu: Math.SQRT2,
  tanh: 1,
  sigmoid: 4,
  selu: 1,
  elu: 1.2451983,
  gelu: 1.5335304,
  silu: 1.6765325,
  mish: 1.4868476,
  hardSwish: 1.7366572,
} as const

/** The activations that {@link gainFor} knows. */
export type GainedActivation = keyof typeof gains | 'leakyRelu'

/**
 * The gain that makes up for what an activation takes away: for the ReLU family and its smooth forms the root of the inverse
 * share of the second moment that passes, for the sigmoids the inverse slope at 0 (tanh 1, logistic 4: the factors of Glorot
 * and Bengio).
 * PyTorch has the same for the ReLU family, 5/3 for tanh, 1 for the logistic sigmoid, 3/4 for SELU (steadier gradients for a
 * smaller variance), and none for the others.
 *
 * @param slope of the negative side, for `'leakyRelu'` only (default 0.01); PReLU starts with 0.25, RReLU has 11/48 on average.
 * @throws for an unknown activation, or a slope that is not finite.
 */
export function gainFor(activation: GainedActivation, slope = 0.01): number {
  ensure(Number.isFinite(slope), `init.gainFor: expected a finite slope, got ${slope}`)
  if (activation === 'leakyRelu') return Math.sqrt(2 / (1 + slope ** 2))
  if (!Object.hasOwn(gains, activation))
    throw unknownName('activation', activation, [...Object.keys(gains), 'leakyRelu'])
  return gains[activation]
}
