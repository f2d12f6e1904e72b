import { raw } from '../../../data/index.ts'
import { crossEntropy } from '../../../nn/index.ts'
import { adam, sgd } from '../../../optim/index.ts'
import { type ClinicCase, classCase } from '../case.ts'
import { convNet, deep, mlp, normed } from '../nets.ts'
import {
  doubled,
  fewSamples,
  fewTests,
  imbalanced,
  leaking,
  mapped,
  noisyLabels,
  oddOrEven,
  sorted,
} from '../spoil.ts'

/** Data that are not prepared, not mixed, not labelled, not split or not weighed as they should be. */
export const plantedData: readonly ClinicCase[] = [
  classCase('inputs-not-normalized: pixels to 255', 'mnist', ['inputs-not-normalized'], (_data, draw) => ({
    model: mlp([draw.about(64), 32]),
    preprocess: raw(),
    optimizer: sgd(draw.near(0.01), { momentum: 0.9 }),
    epochs: 3,
    batchSize: 32,
  })),
  classCase('inputs-not-normalized: far from 0', 'digits', ['inputs-not-normalized'], (data, draw) => {
    const far = draw.near(300)
    return {
      data: mapped(data, (value) => value + far),
      model: mlp([draw.about(48)]),
      preprocess: raw(),
      optimizer: draw.pick(sgd(0.01), adam(1e-3)),
      epochs: 6,
      batchSize: 32,
    }
  }),
  classCase('inputs-not-normalized: unequal', 'features', ['inputs-not-normalized'], (data, draw) => {
    const unit = draw.near(100)
    return {
      data: mapped(
        data,
        (value, place) => (value / 100) * (place % 3 === 0 ? unit : place % 3 === 1 ? 1 : 0.1),
      ),
      model: mlp([draw.about(48)]),
      preprocess: raw(),
      optimizer: sgd(draw.near(0.02), { momentum: 0.9 }),
      epochs: 8,
      batchSize: 32,
    }
  }),
  classCase('constant-features: table', 'features', ['constant-features'], (data, draw) => {
    const which = draw.pick(1, 5, 9)
    return {
      data: mapped(data, (value, place) => (place === which || place === 19 ? 7 : value)),
      model: mlp([draw.about(48)]),
      optimizer: adam(draw.near(3e-3)),
      epochs: 6,
      batchSize: 32,
    }
  }),
  classCase('constant-features: not prepared', 'features', ['constant-features'], (data, draw) => ({
    data: mapped(data, (value, place) => (place > 16 ? -1 : value / 40 - 1)),
    model: mlp([draw.about(48), 24]),
    preprocess: raw(),
    optimizer: adam(draw.near(3e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('not-shuffled: sorted', 'digits', ['not-shuffled'], (data, draw) => ({
    data: sorted(data),
    model: mlp([draw.about(64)]),
    shuffle: false,
    optimizer: sgd(draw.near(0.05)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('not-shuffled: sorted, convolutions', 'mnist', ['not-shuffled'], (data, draw) => ({
    data: sorted(data),
    model: convNet([8, draw.pick(8, 16)], { before: normed }),
    shuffle: false,
    optimizer: adam(draw.near(1e-3)),
    epochs: 2,
    batchSize: 32,
  })),
  classCase('imbalance: digits', 'digits', ['imbalance'], (data, draw) => {
    const few = imbalanced(data, [draw.pick(0, 3), draw.pick(5, 8)], draw.about(20))
    return { data: few, model: mlp([draw.about(64)]), optimizer: adam(2e-3), epochs: 8, batchSize: 32 }
  }),
  classCase('imbalance: two classes', 'mnist', ['imbalance'], (data, draw) => {
    const few = imbalanced(oddOrEven(data), [draw.pick(0, 1)], draw.about(12))
    return {
      data: few,
      model: mlp([draw.about(48)]),
      optimizer: sgd(draw.near(0.05)),
      epochs: 4,
      batchSize: 32,
    }
  }),
  classCase('label-noise: digits', 'digits', ['label-noise'], (data, draw) => ({
    data: noisyLabels(data, draw.near(0.25, 1.25), draw.seed),
    model: mlp(deep(draw.pick(1, 2), draw.about(64))),
    optimizer: adam(draw.near(2e-3)),
    epochs: 10,
    batchSize: 32,
  })),
  classCase('label-noise: mnist', 'mnist', ['label-noise'], (data, draw) => ({
    data: noisyLabels(data, draw.near(0.25, 1.25), draw.seed),
    model: draw.pick(mlp([96]), convNet([8, 16])),
    optimizer: adam(draw.near(1e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('leak: test', 'digits', ['leak'], (data, draw) => ({
    data: leaking(data, draw.near(0.3)),
    model: mlp([draw.about(64)]),
    optimizer: adam(draw.near(2e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('leak: validation', 'features', ['leak'], (data, draw) => ({
    data: doubled(data, draw.near(0.4)),
    model: mlp([draw.about(48)]),
    optimizer: adam(draw.near(3e-3)),
    epochs: 8,
    batchSize: 32,
  })),
  classCase('small-test: digits', 'digits', ['small-test'], (data, draw) => ({
    data: fewTests(data, draw.about(40)),
    model: convNet([8, 16]),
    optimizer: adam(draw.near(3e-3)),
    epochs: 4,
    batchSize: 32,
  })),
  classCase('over-fitting: few digits', 'mnist', ['over-fitting'], (data, draw) => ({
    data: fewSamples(data, 400),
    model: mlp([draw.about(256)]),
    optimizer: adam(draw.near(2e-3)),
    epochs: 20,
    batchSize: 16,
    validation: 0.5,
  })),
  classCase('over-fitting: convolutions', 'cifar10', ['over-fitting'], (data, draw) => ({
    data: fewSamples(data, 700),
    model: convNet([draw.about(16), 32]),
    optimizer: adam(draw.near(2e-3)),
    epochs: 16,
    batchSize: 32,
    validation: 0.3,
  })),
  classCase('over-fitting: network', 'cifar10', ['over-fitting'], (data, draw) => ({
    data: fewSamples(data, 800),
    model: mlp([draw.about(64)]),
    optimizer: sgd(draw.near(0.01), { momentum: 0.9 }),
    epochs: 12,
    batchSize: 32,
    validation: 0.3,
  })),
  classCase('best-epoch-past: long', 'cifar10', ['best-epoch-past'], (data, draw) => ({
    data: fewSamples(data, 600),
    model: convNet([16, 32], { before: draw.pick(undefined, normed) }),
    loss: crossEntropy(),
    optimizer: adam(draw.near(2e-3)),
    epochs: 20,
    batchSize: 32,
    validation: 0.3,
  })),
]
