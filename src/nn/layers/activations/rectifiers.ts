import { ensure, ensureKnownOptions } from '../../../core/index.ts'
import * as ops from '../../../ops/index.ts'
import { expectInput, expectWhole } from '../../expect.ts'
import { constant } from '../../init.ts'
import { defineLayer } from '../../layer.ts'
import { drawnShape } from '../dropout.ts'

/**
 * max(x, 0): the one to start with. Units whose input is negative for all samples get no gradient and stay dead; a rate that
 * is too high kills many at once. A small positive bias at the start (`init.constant(0.01)`) or {@link leakyRelu} helps.
 *
 * Source: Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, 2010.
 */
export const relu = defineLayer('relu', () => ({ forward: (x) => ops.relu(x) }), {
  kind: 'activation',
  doc: 'max(x, 0): the one to start with.',
  source: 'Nair and Hinton, Rectified Linear Units Improve Restricted Boltzmann Machines, 2010',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})

/**
 * x limited to [0, 6]: a ReLU whose outputs stay small, for arithmetic with few bits; of the MobileNets.
 *
 * Source: Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010.
 */
export const relu6 = defineLayer('relu6', () => ({ forward: (x) => ops.clip(x, { min: 0, max: 6 }) }), {
  kind: 'activation',
  doc: 'x limited to [0, 6], for arithmetic with few bits.',
  source: 'Krizhevsky, Convolutional Deep Belief Networks on CIFAR-10, 2010',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})

/**
 * x where x >= 0, else `slope` x (default 0.01): no unit dies.
 * @throws if the slope is not finite.
 * Source: Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013.
 */
export const leakyRelu = defineLayer(
  'leakyRelu',
  (slope: number = 0.01) => {
    ensure(Number.isFinite(slope), `leakyRelu: expected a finite slope, got ${slope}`)
    return { forward: (x) => ops.leakyRelu(x, slope) }
  },
  {
    kind: 'activation',
    doc: 'x where x >= 0, else a small multiple of x: no unit dies.',
    source: 'Maas et al., Rectifier Nonlinearities Improve Neural Network Acoustic Models, 2013',
    examples: [
      { name: 'slope 0.01', args: [], input: [2, 3, 4] },
      { name: 'slope 0.2', args: [0.2], input: [2, 3, 4] },
    ],
  },
)

export interface PreluOptions {
  /** One slope for each of so many channels, or 1 (default) for all of them. */
  channels?: number
  /** How the slopes start (default 0.25). */
  init?: number
}

/**
 * x where x >= 0, else a learned slope times x.
 *
 * Parameter: `weight` [channels], the slopes of [N, C, ...] by channel, or a single one. It does not decay: that would pull
 * the layer toward ReLU.
 * @throws for options out of range; when the graph is built, if the input has another number of channels.
 * Source: He et al., Delving Deep into Rectifiers, 2015.
 */
export const prelu = defineLayer(
  'prelu',
  (options: PreluOptions = {}) => {
    ensureKnownOptions('prelu', options, ['channels', 'init'])
    const { channels = 1, init = 0.25 } = options
    expectWhole('prelu', 'the number of channels', channels)
    ensure(Number.isFinite(init), `prelu: expected a finite slope to start with, got ${init}`)
    return {
      params: { weight: { shape: [channels], init: constant(init), decay: false } },
      forward(x, { weight }) {
        const fits = channels === 1 || (x.rank >= 2 && x.shape[1] === channels)
        const advice = 'set channels to the size of the second axis, or to 1'
        expectInput(fits, 'prelu', `[N, ${channels}, ...]`, x, advice)
        const spatial = channels === 1 ? [] : x.shape.slice(2).map(() => 1)
        return ops.prelu(x, ops.reshape(weight, [channels, ...spatial]))
      },
    }
  },
  {
    kind: 'activation',
    doc: 'x where x >= 0, else a learned slope times x, one for all or one per channel.',
    source: 'He et al., Delving Deep into Rectifiers, 2015',
    examples: [
      { name: 'one slope', args: [], input: [2, 3, 4] },
      { name: 'a slope per channel', args: [{ channels: 3 }], input: [2, 3, 2, 2] },
    ],
  },
)

/**
 * x where x >= 0, else a slope times x that is drawn for each element and step from [lower, upper) in training, and is their
 * mean in evaluation. The slopes are a function of (seed, step, place in the model).
 *
 * @param lower default 1/8.
 * @param upper default 1/3.
 * @throws unless 0 <= lower <= upper.
 * Source: Xu et al., Empirical Evaluation of Rectified Activations in Convolutional Network, 2015.
 */
export const rrelu = defineLayer(
  'rrelu',
  (lower: number = 1 / 8, upper: number = 1 / 3) => {
    ensure(
      lower >= 0 && lower <= upper && Number.isFinite(upper),
      `rrelu: expected slopes 0 <= lower <= upper, got ${lower} and ${upper}`,
    )
    return {
      forward(x, _self, context) {
        if (!context.random) return ops.leakyRelu(x, (lower + upper) / 2)
        const slopes = context.draw(drawnShape(x, context), { kind: 'uniform', low: lower, high: upper })
        return ops.prelu(x, slopes)
      },
    }
  },
  {
    kind: 'activation',
    doc: 'x where x >= 0, else a slope times x: random in training, the mean slope in evaluation.',
    source: 'Xu et al., Empirical Evaluation of Rectified Activations in Convolutional Network, 2015',
    examples: [{ name: 'slopes from 1/8 to 1/3', args: [], input: [2, 3, 4] }],
  },
)

/**
 * x where x >= 0, else `alpha` (e^x - 1): negative values bring the mean of activations near 0.
 * @param alpha what large negative inputs come to, negated; > 0 (default 1).
 * @throws if alpha is not positive.
 * Source: Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units, 2016.
 */
export const elu = defineLayer(
  'elu',
  (alpha: number = 1) => {
    ensure(alpha > 0 && Number.isFinite(alpha), `elu: expected alpha > 0, got ${alpha}`)
    return { forward: (x) => ops.elu(x, alpha) }
  },
  {
    kind: 'activation',
    doc: 'x where x >= 0, else alpha (e^x - 1): the mean of activations comes near 0.',
    source: 'Clevert et al., Fast and Accurate Deep Network Learning by Exponential Linear Units, 2016',
    examples: [
      { name: 'alpha 1', args: [], input: [2, 3, 4] },
      { name: 'alpha 0.5', args: [0.5], input: [2, 3, 4] },
    ],
  },
)

/**
 * ELU with the scale and alpha that make mean 0 and variance 1 a fixed point from layer to layer, given weights from
 * `init.calibrated()`.
 *
 * Source: Klambauer et al., Self-Normalizing Neural Networks, 2017.
 */
export const selu = defineLayer('selu', () => ({ forward: (x) => ops.selu(x) }), {
  kind: 'activation',
  doc: 'ELU with the scale that keeps mean 0 and variance 1 from layer to layer.',
  source: 'Klambauer et al., Self-Normalizing Neural Networks, 2017',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})
