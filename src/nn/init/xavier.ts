import { ensureKnownOptions, type Shape } from '../../core/index.ts'
import { defineInitializer, expectPositive } from './define.ts'
import { normal, uniform } from './gaussian.ts'
import { fansOf } from './scale.ts'

export interface XavierOptions {
  /** See `init.gainFor`; default 1, which is that of tanh. The logistic sigmoid wants 4. */
  gain?: number
}

function gainOf(name: string, options: XavierOptions): number {
  ensureKnownOptions(`init.${name}`, options, ['gain'])
  const { gain = 1 } = options
  expectPositive(name, 'gain', gain)
  return gain
}

const SOURCE =
  'Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010'

/**
 * Normal with variance 2 gain^2 / (fan in + fan out): a compromise between the scale of activations and of gradients, for
 * activations that are linear around 0.
 *
 * Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
 */
export const xavierNormal = defineInitializer(
  'xavierNormal',
  (options: XavierOptions = {}) => {
    const gain = gainOf('xavierNormal', options)
    return (shape, random) => normal(gain * Math.sqrt(2 / fanSum(shape)))(shape, random)
  },
  {
    doc: 'Normal with variance 2 / (fan in + fan out), for tanh and other activations that are linear around 0.',
    source: SOURCE,
    examples: [{ name: 'for tanh', args: [], input: [60, 150], std: Math.sqrt(2 / 210) }],
  },
)

/** As {@link xavierNormal}, but uniform in +-gain sqrt(6 / (fan in + fan out)). */
export const xavierUniform = defineInitializer(
  'xavierUniform',
  (options: XavierOptions = {}) => {
    const gain = gainOf('xavierUniform', options)
    return (shape, random) => uniform(gain * Math.sqrt(6 / fanSum(shape)))(shape, random)
  },
  {
    doc: 'Uniform in +-sqrt(6 / (fan in + fan out)) for tanh, four times that for the logistic sigmoid.',
    source: SOURCE,
    examples: [
      { name: 'for tanh', args: [], input: [60, 150], std: Math.sqrt(2 / 210) },
      {
        name: 'for the logistic sigmoid',
        args: [{ gain: 4 }],
        input: [60, 150],
        std: 4 * Math.sqrt(2 / 210),
      },
    ],
  },
)

function fanSum(shape: Shape): number {
  const fans = fansOf(shape)
  return fans.in + fans.out
}
