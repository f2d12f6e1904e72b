import { mean, mul, sub } from '../../ops/index.ts'
import { defineLoss } from './define.ts'
import { expectSameAs } from './loss.ts'

/** Mean squared error over all elements; targets are floats of the output's shape. */
export const mse = defineLoss(
  'mse',
  () => ({
    task: 'regression',
    targetDType: 'float32',
    targetShape: (output) => output,
    apply(output, target) {
      expectSameAs(output, target, 'mse')
      const error = sub(output, target)
      return mean(mul(error, error))
    },
  }),
  {
    doc: 'The mean of squared errors.',
    examples: [{ name: 'numbers', args: [], input: [5, 3] }],
  },
)
