import { mean, mul, sub } from '../../ops/index.ts'
import { expectSameAs, type Loss } from './loss.ts'

/** Mean squared error over all elements; targets are floats of the output's shape. */
export function mse(): Loss {
  return {
    name: 'mse',
    task: 'regression',
    targetDType: 'float32',
    targetShape: (output) => output,
    apply(output, target) {
      expectSameAs(output, target, 'mse')
      const error = sub(output, target)
      return mean(mul(error, error))
    },
  }
}
