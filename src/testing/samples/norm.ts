import * as ops from '../../ops/index.ts'
import type { SampleTable } from '../operators.ts'
import { floats, sample } from '../sample.ts'

const channels = [floats([2], 0.5, 1.5), floats([2])] as const
const statistics = [floats([2]), floats([2], 0.5, 2)] as const

/** Samples of normalizations. */
export const normSamples: SampleTable = {
  BatchNormalization: [
    sample('images', [floats([2, 2, 2, 3]), ...channels, ...statistics], (x, scale, bias, mean, variance) =>
      ops.batchNormalization(x, scale, bias, mean, variance, { epsilon: 1 / 64 }),
    ),
    sample('rows', [floats([3, 2]), ...channels, ...statistics], (x, scale, bias, mean, variance) =>
      ops.batchNormalization(x, scale, bias, mean, variance),
    ),
  ],
  'gradus.BatchNormTraining': [
    sample('images, all outputs', [floats([2, 2, 2, 3]), ...channels], (x, scale, bias) =>
      ops.batchNormTraining(x, scale, bias, { epsilon: 1 / 64 }),
    ),
    sample(
      'rows, y alone',
      [floats([4, 2]), ...channels],
      (x, scale, bias) => ops.batchNormTraining(x, scale, bias)[0],
    ),
    sample(
      'signals, variance alone',
      [floats([2, 2, 3]), ...channels],
      (x, scale, bias) => ops.batchNormTraining(x, scale, bias)[2],
    ),
  ],
  'gradus.BatchNormGrad': [
    sample(
      'images',
      [floats([2, 2, 2, 3]), floats([2, 2, 2, 3]), channels[0], ...statistics],
      (dy, x, scale, mean, variance) => ops.batchNormGrad(dy, x, scale, mean, variance, { epsilon: 1 / 64 }),
    ),
    sample(
      'rows, dx alone',
      [floats([4, 2]), floats([4, 2]), channels[0], ...statistics],
      (dy, x, scale, mean, variance) => ops.batchNormGrad(dy, x, scale, mean, variance)[0],
    ),
  ],
  'gradus.Standardize': [
    sample('rows', [floats([3, 5])], (x) => ops.standardize(x, { axes: [-1] })),
    sample('images', [floats([2, 3, 2, 2])], (x) => ops.standardize(x, { axes: [2, 3], epsilon: 1 / 64 })),
  ],
}
