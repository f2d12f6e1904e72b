import { ensureKnownOptions } from '../../core/index.ts'
import { defineInitializer, expectFan, expectPositive } from './define.ts'
import { normal, uniform } from './gaussian.ts'
import { type Fan, fansOf, gainFor } from './scale.ts'

export interface KaimingOptions {
  /** `'in'` (default) keeps the scale of activations from layer to layer, `'out'` that of gradients. */
  fan?: Fan
  /** How much the activation shrinks what passes: see `init.gainFor`. Default: that of ReLU, sqrt(2). */
  gain?: number
}

function checked(name: string, options: KaimingOptions): Required<KaimingOptions> {
  ensureKnownOptions(`init.${name}`, options, ['fan', 'gain'])
  const { fan = 'in', gain = gainFor('relu') } = options
  expectFan(name, fan)
  expectPositive(name, 'gain', gain)
  return { fan, gain }
}

const SOURCE = 'He et al., Delving Deep into Rectifiers, 2015'

/**
 * Normal with variance gain^2 / fan: activations keep their scale through any number of ReLU layers.
 * The default of our weights, where PyTorch's are uniform with variance 1 / (3 fan), which vanishes with depth.
 *
 * Source: He et al., Delving Deep into Rectifiers, 2015.
 */
export const kaimingNormal = defineInitializer(
  'kaimingNormal',
  (options: KaimingOptions = {}) => {
    const { fan, gain } = checked('kaimingNormal', options)
    return (shape, random) => normal(gain / Math.sqrt(fansOf(shape)[fan]))(shape, random)
  },
  {
    doc: 'Normal with variance 2 / fan, which ReLU layers keep through any depth: the default of weights.',
    source: SOURCE,
    examples: [
      { name: 'fan in', args: [], input: [60, 150], std: Math.sqrt(2 / 150) },
      {
        name: 'fan out of a convolution',
        args: [{ fan: 'out' }],
        input: [32, 16, 3, 3],
        std: Math.sqrt(2 / 288),
      },
    ],
  },
)

/** As {@link kaimingNormal}, but uniform in +-gain sqrt(3 / fan). */
export const kaimingUniform = defineInitializer(
  'kaimingUniform',
  (options: KaimingOptions = {}) => {
    const { fan, gain } = checked('kaimingUniform', options)
    return (shape, random) => uniform(gain * Math.sqrt(3 / fansOf(shape)[fan]))(shape, random)
  },
  {
    doc: 'Uniform in +-sqrt(6 / fan), with the variance of kaimingNormal.',
    source: SOURCE,
    examples: [
      { name: 'fan in', args: [], input: [60, 150], std: Math.sqrt(2 / 150) },
      { name: 'for leaky ReLU of slope 1', args: [{ gain: 1 }], input: [60, 150], std: Math.sqrt(1 / 150) },
    ],
  },
)
