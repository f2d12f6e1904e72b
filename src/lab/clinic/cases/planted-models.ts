import { raw } from '../../../data/index.ts'
import {
  batchNorm1d,
  defineLayer,
  dropout,
  init,
  type Layer,
  relu,
  sigmoid,
  tanh,
} from '../../../nn/index.ts'
import { softmax as softmaxOf } from '../../../ops/index.ts'
import { adam, sgd } from '../../../optim/index.ts'
import { type ClinicCase, classCase } from '../case.ts'
import { convNet, deep, dropping, mlp, normed } from '../nets.ts'
import { fewTests, imbalanced, leaking, mapped, noisyLabels, sorted } from '../spoil.ts'

/** As people write it. */
const softmax = defineLayer('softmax', () => ({ forward: (x) => softmaxOf(x) }))

/** Under a name that does not say what it does. */
const answer = defineLayer('answer', () => ({ forward: (x) => softmaxOf(x) }))

/** Noise in training that the recipe does not tell of. */
const restless = defineLayer('restless', (p: number) => ({
  forward: (x, _, context) => dropout(p).forward(x, {}, context),
}))

const always = (layer: Layer) => () => [layer]
const normedBehind = (layer: Layer) => (channels: number) => [layer, ...normed(channels)]
const norm = (width: number): readonly Layer[] => [batchNorm1d(width)]

/** Models that are put together wrongly, too small, or do not suit the batch; and runs with two faults. */
export const plantedModels: readonly ClinicCase[] = [
  classCase('probabilities-into-loss: softmax', 'digits', ['probabilities-into-loss'], (_data, draw) => ({
    model: mlp([draw.about(64)], { end: [draw.pick(softmax, answer)()] }),
    optimizer: sgd(draw.near(0.1)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('probabilities-into-loss: convolutions', 'mnist', ['probabilities-into-loss'], (_data, draw) => ({
    model: convNet([8, 16], { end: [draw.pick(softmax, sigmoid)()] }),
    optimizer: adam(draw.near(1e-3)),
    epochs: 3,
    batchSize: 32,
  })),
  classCase('probabilities-into-loss: cut off', 'features', ['probabilities-into-loss'], (_data, draw) => ({
    model: mlp([draw.about(48)], { end: [draw.pick(relu, tanh)()] }),
    optimizer: adam(draw.near(3e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('dropout-before-norm: network', 'digits', ['dropout-before-norm'], (_data, draw) => ({
    model: mlp(deep(2, draw.about(64)), { before: norm, after: dropping(draw.pick(0.4, 0.6)) }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('dropout-before-norm: convolutions', 'mnist', ['dropout-before-norm'], (_data, draw) => ({
    model: convNet([8, 16], { before: normedBehind(dropout(draw.pick(0.3, 0.5))) }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 3,
    batchSize: 32,
  })),
  classCase('batch-norm-tiny-batches: network', 'digits', ['batch-norm-tiny-batches'], (_data, draw) => ({
    model: mlp(deep(2, draw.about(48)), { before: norm }),
    optimizer: sgd(draw.near(0.02)),
    epochs: 2,
    batchSize: draw.pick(2, 3),
  })),
  classCase('batch-norm-tiny-batches: parts', 'digits', ['batch-norm-tiny-batches'], (_data, draw) => ({
    model: convNet([draw.about(8), 16], { before: normed }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 2,
    batchSize: 32,
    accumulate: draw.pick(8, 16),
  })),
  classCase('under-fitting: a narrow place', 'digits', ['under-fitting'], (_data, draw) => ({
    model: mlp([draw.about(32), 1], { act: tanh, start: init.xavierNormal() }),
    optimizer: adam(draw.near(3e-3)),
    epochs: 12,
    batchSize: 32,
  })),
  classCase('under-fitting: dropout', 'features', ['under-fitting'], (_data, draw) => ({
    model: mlp([draw.about(24), 16], { after: dropping(0.8) }),
    optimizer: adam(draw.near(3e-3)),
    epochs: 15,
    batchSize: 32,
  })),
  classCase('validation-better: hidden noise, network', 'digits', ['validation-better'], (_data, draw) => ({
    model: mlp([draw.about(64)], { after: always(restless(draw.pick(0.6, 0.7))) }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 10,
    batchSize: 32,
    validation: 0.2,
  })),
  classCase(
    'validation-better: hidden noise, convolutions',
    'mnist',
    ['validation-better'],
    (_data, draw) => ({
      model: convNet([8, 16], { after: always(restless(0.5)) }),
      optimizer: adam(draw.near(1e-3)),
      epochs: 6,
      batchSize: 32,
      validation: 0.2,
    }),
  ),
  classCase('two: raw and rare', 'mnist', ['inputs-not-normalized', 'imbalance'], (data, draw) => {
    const few = imbalanced(data, [2, draw.pick(5, 8)], 15)
    return {
      data: few,
      model: mlp([draw.about(64)]),
      preprocess: raw(),
      optimizer: adam(draw.near(1e-3)),
      epochs: 3,
      batchSize: 32,
    }
  }),
  classCase(
    'two: sorted and softmax',
    'digits',
    ['not-shuffled', 'probabilities-into-loss'],
    (data, draw) => ({
      data: sorted(data),
      model: mlp([draw.about(64)], { end: [softmax()] }),
      shuffle: false,
      optimizer: adam(draw.near(2e-3)),
      epochs: 6,
      batchSize: 32,
    }),
  ),
  classCase('two: tiny batches and a leak', 'digits', ['batch-norm-tiny-batches', 'leak'], (data, draw) => ({
    data: leaking(data, 0.2),
    model: convNet([8, 16], { before: normed }),
    optimizer: sgd(draw.near(0.02)),
    epochs: 1,
    batchSize: 2,
  })),
  classCase('two: alike, and few tests', 'digits', ['symmetric-units', 'small-test'], (data, draw) => ({
    data: fewTests(data, draw.about(50)),
    model: mlp([48, 32], { start: init.constant(0.1), head: init.constant(0) }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 5,
    batchSize: 32,
  })),
  classCase(
    'two: wrong labels and dropout',
    'mnist',
    ['label-noise', 'dropout-before-norm'],
    (data, draw) => ({
      data: noisyLabels(data, 0.25, draw.seed),
      model: mlp([draw.about(96), 64], { before: norm, after: dropping(0.3) }),
      optimizer: adam(draw.near(1e-3)),
      epochs: 6,
      batchSize: 32,
    }),
  ),
  classCase(
    'two: constant and too high',
    'features',
    ['constant-features', 'rate-too-high'],
    (data, draw) => ({
      data: mapped(data, (value, place) => (place === 3 ? 0 : value)),
      model: mlp([draw.about(48), 32]),
      optimizer: adam(draw.near(0.3)),
      epochs: 6,
      batchSize: 32,
    }),
  ),
]
