import { ensure, formatShape, type Random, type Shape, sizeOf, zeros as zerosOf } from '../core/index.ts'
import type { Initializer } from './layer.ts'

/** Zeros: right for biases; a weight that starts so never tells its units apart. */
export const zeros: Initializer = (shape) => zerosOf(shape)

/** Ones: for the scales of norms. */
export const ones: Initializer = (shape, random) => constant(1)(shape, random)

/** The same number everywhere. */
export function constant(value: number): Initializer {
  ensure(Number.isFinite(value), `init.constant: expected a finite number, got ${value}`)
  return filled(() => value)
}

/** Normal numbers with mean 0. */
export function normal(std: number): Initializer {
  expectPositive('normal', 'std', std)
  return filled((random) => random.normal(0, std))
}

/** Uniform numbers in [-range, range). */
export function uniform(range: number): Initializer {
  expectPositive('uniform', 'range', range)
  return filled((random) => random.uniform(-range, range))
}

export interface KaimingOptions {
  /** `'in'` (default) keeps the scale of activations from layer to layer, `'out'` that of gradients. */
  fan?: 'in' | 'out'
  /** How much the activation shrinks what passes: see {@link gainFor}. Default: that of ReLU, sqrt(2). */
  gain?: number
}

/**
 * Normal with variance gain^2 / fan: activations keep their scale through any number of ReLU layers.
 * The default of our weights, where PyTorch's are uniform with variance 1 / (3 fan), which vanishes with depth.
 * With `gain: 1` it is the calibrated 1 / sqrt(n).
 *
 * Source: He et al., Delving Deep into Rectifiers, 2015.
 */
export function kaimingNormal({ fan = 'in', gain = gainFor('relu') }: KaimingOptions = {}): Initializer {
  expectPositive('kaimingNormal', 'gain', gain)
  return (shape, random) => normal(gain / Math.sqrt(fansOf(shape)[fan]))(shape, random)
}

/** As {@link kaimingNormal}, but uniform in +-gain sqrt(3 / fan). */
export function kaimingUniform({ fan = 'in', gain = gainFor('relu') }: KaimingOptions = {}): Initializer {
  expectPositive('kaimingUniform', 'gain', gain)
  return (shape, random) => uniform(gain * Math.sqrt(3 / fansOf(shape)[fan]))(shape, random)
}

export interface XavierOptions {
  /** See {@link gainFor}; default 1, which is that of tanh. */
  gain?: number
}

/**
 * Normal with variance 2 gain^2 / (fan in + fan out): a compromise between the scale of activations and of gradients, for
 * activations that are linear around 0.
 *
 * Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
 */
export function xavierNormal({ gain = 1 }: XavierOptions = {}): Initializer {
  expectPositive('xavierNormal', 'gain', gain)
  return (shape, random) => normal(gain * Math.sqrt(2 / fanSum(shape)))(shape, random)
}

/** As {@link xavierNormal}, but uniform in +-gain sqrt(6 / (fan in + fan out)). */
export function xavierUniform({ gain = 1 }: XavierOptions = {}): Initializer {
  expectPositive('xavierUniform', 'gain', gain)
  return (shape, random) => uniform(gain * Math.sqrt(6 / fanSum(shape)))(shape, random)
}

/**
 * The gain that makes up for what an activation takes away: for the ReLU family the root of the inverse share of the second
 * moment that passes, for the sigmoids the inverse slope at 0 (tanh 1, logistic 4: the factors of Glorot and Bengio).
 * PyTorch has the same for the ReLU family, 5/3 for tanh and 1 for the logistic sigmoid.
 *
 * @param slope of the negative side, for `'leakyRelu'` only (default 0.01).
 */
export function gainFor(
  activation: 'linear' | 'relu' | 'leakyRelu' | 'tanh' | 'sigmoid',
  slope = 0.01,
): number {
  const gains = {
    linear: 1,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + slope ** 2)),
    tanh: 1,
    sigmoid: 4,
  }
  return gains[activation]
}

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

function fanSum(shape: Shape): number {
  const fans = fansOf(shape)
  return fans.in + fans.out
}

const filled =
  (draw: (random: Random) => number): Initializer =>
  (shape, random) => {
    const result = zerosOf(shape)
    for (let i = 0; i < result.data.length; i++) result.data[i] = draw(random)
    return result
  }

function expectPositive(name: string, what: string, value: number): void {
  ensure(Number.isFinite(value) && value > 0, `init.${name}: expected ${what} > 0, got ${value}`)
}
