import { ensureKnownOptions, zeros } from '../../core/index.ts'
import { defineInitializer, expectFan, expectPositive, filled } from './define.ts'
import { type Fan, fansOf } from './scale.ts'

/**
 * Normal numbers with mean 0 and a standard deviation of your own. With one number for all layers, such as 0.01, activations
 * vanish with depth, and with a large one they saturate: the initializers that look at the fan do not have that.
 * @throws if `std` is not positive.
 */
export const normal = defineInitializer(
  'normal',
  (std: number) => {
    expectPositive('normal', 'std', std)
    return (shape, random) => {
      const result = zeros(shape)
      random.fillNormal(result.data, 0, std)
      return result
    }
  },
  {
    doc: 'Normal numbers with mean 0 and a given standard deviation.',
    examples: [{ name: 'std 0.02', args: [0.02], input: [60, 150], std: 0.02 }],
  },
)

/**
 * Uniform numbers in [-range, range).
 * @throws if `range` is not positive.
 */
export const uniform = defineInitializer(
  'uniform',
  (range: number) => {
    expectPositive('uniform', 'range', range)
    return filled((random) => random.uniform(-range, range))
  },
  {
    doc: 'Uniform numbers in [-range, range).',
    examples: [{ name: 'range 0.3', args: [0.3], input: [60, 150], std: 0.3 / Math.sqrt(3) }],
  },
)

export interface CalibratedOptions {
  /** `'in'` (default) keeps the variance of activations from layer to layer, `'out'` that of gradients. */
  fan?: Fan
}

/** Normal with variance 1 / fan: a weighted sum has the variance of what it sums. Right for layers without activation. */
export const calibrated = defineInitializer(
  'calibrated',
  (options: CalibratedOptions = {}) => {
    ensureKnownOptions('init.calibrated', options, ['fan'])
    const { fan = 'in' } = options
    expectFan('calibrated', fan)
    return (shape, random) => normal(1 / Math.sqrt(fansOf(shape)[fan]))(shape, random)
  },
  {
    doc: 'Normal with standard deviation 1 / sqrt(fan): a weighted sum keeps the variance of its inputs.',
    source: 'LeCun et al., Efficient BackProp, 1998',
    examples: [
      { name: 'fan in', args: [], input: [60, 150], std: 1 / Math.sqrt(150) },
      { name: 'fan out', args: [{ fan: 'out' }], input: [60, 150], std: 1 / Math.sqrt(60) },
    ],
  },
)
