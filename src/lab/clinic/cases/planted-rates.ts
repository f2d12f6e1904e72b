import { init, tanh, zoo } from '../../../nn/index.ts'
import { adam, adamw, rmsprop, sgd } from '../../../optim/index.ts'
import { type ClinicCase, classCase, numberCase } from '../case.ts'
import { convNet, deep, type Model, mlp, normed } from '../nets.ts'

/** Rates, batches and decay that are wrong. */
export const plantedRates: readonly ClinicCase[] = [
  classCase('rate-too-high: SGD', 'digits', ['rate-too-high'], (_data, draw) => ({
    model: mlp(deep(draw.pick(1, 2), draw.about(64))),
    optimizer: sgd(draw.near(4)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('rate-too-high: Adam', 'digits', ['rate-too-high'], (_data, draw) => ({
    model: mlp(deep(2, draw.about(64))),
    optimizer: draw.pick(adam, adamw)(draw.near(0.3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('rate-too-high: convolutions', 'mnist', ['rate-too-high'], (_data, draw) => ({
    model: draw.pick<Model>(convNet([8, 16]), zoo.lenet),
    optimizer: sgd(draw.near(1), { momentum: 0.9 }),
    epochs: 2,
    batchSize: 32,
  })),
  classCase('rate-too-high: table', 'features', ['rate-too-high'], (_data, draw) => ({
    model: mlp([draw.about(48), 32]),
    optimizer: rmsprop(draw.near(0.3)),
    epochs: 6,
    batchSize: 32,
  })),
  numberCase('divergence: numbers', ['divergence'], (_data, draw) => ({
    model: mlp(draw.pick([], [32])),
    optimizer: sgd(draw.near(1.5), { momentum: 0.9 }),
    epochs: 3,
    batchSize: 32,
  })),
  classCase('divergence: momentum', 'cifar10', ['divergence'], (_data, draw) => ({
    model: convNet([8, 16, 16]),
    optimizer: sgd(draw.near(5), { momentum: 0.9 }),
    epochs: 2,
    batchSize: 64,
  })),
  numberCase('non-finite: numbers', ['non-finite'], (_data, draw) => ({
    model: mlp(deep(2, draw.about(32))),
    optimizer: sgd(draw.near(30), { momentum: 0.9 }),
    epochs: 3,
    batchSize: 32,
  })),
  classCase('non-finite: deep', 'digits', ['non-finite'], (_data, draw) => ({
    model: mlp(deep(draw.pick(4, 5), 64)),
    optimizer: sgd(draw.near(1000, 3)),
    epochs: 3,
    batchSize: 32,
  })),
  classCase('rate-too-low: SGD', 'digits', ['rate-too-low'], (_data, draw) => ({
    model: mlp([draw.about(64)]),
    optimizer: sgd(draw.near(1e-4, 3)),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('rate-too-low: Adam', 'mnist', ['rate-too-low'], (_data, draw) => ({
    model: mlp([draw.about(64)]),
    optimizer: adam(draw.near(1e-6, 3)),
    epochs: 3,
    batchSize: 32,
  })),
  classCase('rate-too-low: convolutions', 'cifar10', ['rate-too-low'], (_data, draw) => ({
    model: convNet([8, 16, 16], { before: normed }),
    optimizer: sgd(draw.near(1e-5, 3), { momentum: 0.9 }),
    epochs: 3,
    batchSize: 64,
  })),
  classCase('plateau: momentum', 'features', ['plateau'], (_data, draw) => ({
    model: mlp([draw.about(12)], { act: tanh, start: init.xavierNormal() }),
    optimizer: sgd(draw.near(1, 1.2), { momentum: 0.9 }),
    epochs: 12,
    batchSize: 16,
  })),
  classCase('plateau: Adam', 'features', ['plateau'], (_data, draw) => ({
    model: mlp([draw.about(12), 12], { act: tanh, start: init.xavierNormal() }),
    optimizer: adam(draw.near(0.15, 1.2)),
    epochs: 12,
    batchSize: 16,
  })),
  classCase('noisy-gradients: one', 'digits', ['noisy-gradients'], (_data, draw) => ({
    model: mlp([draw.about(32)]),
    optimizer: sgd(draw.near(0.03)),
    epochs: 2,
    batchSize: 1,
  })),
  classCase('noisy-gradients: two', 'features', ['noisy-gradients'], (_data, draw) => ({
    model: mlp([draw.about(32), 24]),
    optimizer: sgd(draw.near(0.05), { momentum: draw.pick(0, 0.5) }),
    epochs: 2,
    batchSize: 2,
  })),
  classCase('decay-too-strong: L2', 'digits', ['decay-too-strong'], (_data, draw) => ({
    model: mlp([draw.about(64), 32]),
    optimizer: sgd(draw.near(0.05), { momentum: draw.pick(0, 0.9), weightDecay: draw.near(0.3) }),
    epochs: 6,
    batchSize: 32,
  })),
  classCase('decay-too-strong: AdamW', 'mnist', ['decay-too-strong'], (_data, draw) => ({
    model: mlp([draw.about(64), 32]),
    optimizer: adamw(draw.near(2e-3), { weightDecay: draw.near(30) }),
    epochs: 4,
    batchSize: 32,
  })),
]
