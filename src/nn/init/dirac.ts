import { ensure, ensureKnownOptions, formatShape } from '../../core/index.ts'
import type { Initializer } from '../layer.ts'
import { zeros } from './constant.ts'
import { defineInitializer } from './define.ts'
import { kaimingUniform } from './kaiming.ts'

export interface DiracOptions {
  /** How the filters start for which there is no input channel (default zeros, as in torch). */
  rest?: Initializer
}

/**
 * A convolution that passes its input on: filter i of a weight [out, in, k...] is 1 at the middle of input channel i and 0
 * elsewhere, so that information flows through any number of layers from the start. Filters beyond the input channels start
 * as `rest` says: zeros would keep them alike, Kaiming uniform tells them apart. As torch's `dirac_`.
 * @throws when it is used, for a shape that is no weight of a convolution.
 * Source: Zagoruyko and Komodakis, DiracNets, 2017; partly random as in Jordan, 94% on CIFAR-10 in 3.29 seconds, 2024.
 */
export const dirac = defineInitializer(
  'dirac',
  (options: DiracOptions = {}) => {
    ensureKnownOptions('init.dirac', options, ['rest'])
    const { rest = zeros } = options
    return (shape, random) => {
      const [outputs, inputs, ...kernel] = shape
      ensure(
        outputs !== undefined && inputs !== undefined && kernel.length > 0,
        `init.dirac: expected the weight of a convolution [out, in, k, ...], got ${formatShape(shape)}`,
        'start other weights with init.kaimingNormal(), biases with init.zeros',
      )
      const result = rest(shape, random)
      const weight = result.data as Float32Array
      const taps = kernel.reduce((a, b) => a * b, 1)
      const middle = kernel.reduce((at, size) => at * size + Math.floor(size / 2), 0)
      const passing = Math.min(outputs, inputs)
      weight.fill(0, 0, passing * inputs * taps)
      for (let i = 0; i < passing; i++) weight[(i * inputs + i) * taps + middle] = 1
      return result
    }
  },
  {
    doc: 'A convolution that passes its input on; filters beyond the input channels start otherwise.',
    source: 'Zagoruyko and Komodakis, DiracNets, 2017',
    examples: [
      { name: 'more filters than channels', args: [], input: [8, 4, 3, 3] },
      { name: 'the rest random', args: [{ rest: kaimingUniform() }], input: [8, 4, 3, 3] },
    ],
  },
)
