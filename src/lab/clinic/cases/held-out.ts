import { light } from '../../../augment/index.ts'
import { raw } from '../../../data/index.ts'
import {
  basicBlock,
  batchNorm2d,
  conv2d,
  dropout,
  elu,
  gelu,
  globalAvgPool,
  groupNorm,
  gru,
  init,
  type Layer,
  linear,
  lstm,
  type ModelInfo,
  mish,
  relu,
  rnn,
  sequential,
  silu,
  tanh,
} from '../../../nn/index.ts'
import { adagrad, adam, adamw, nadam, rmsprop, sgd } from '../../../optim/index.ts'
import { step } from '../../../schedules/index.ts'
import { type ClinicCase, classCase, numberCase } from '../case.ts'
import { convNet, deep, dropping, mlp, normed } from '../nets.ts'
import { fewSamples, imbalanced, leaking, noisyLabels, sorted } from '../spoil.ts'

/** A residual network of two blocks. */
const residual =
  (channels: number) =>
  ({ inputShape, classes }: ModelInfo): Layer =>
    sequential(
      conv2d(inputShape[0]!, channels, 3, { padding: 1, bias: false }),
      batchNorm2d(channels),
      relu(),
      basicBlock(channels, channels),
      basicBlock(channels, 2 * channels, { stride: 2 }),
      globalAvgPool(),
      linear(2 * channels, classes),
    )

const grouped = (channels: number) => [groupNorm(4, channels)]

const healthy: readonly ClinicCase[] = [
  classCase('held out, healthy: group norm', 'digits', [], (_, draw) => ({
    model: convNet([8, 16], { act: silu, before: grouped }),
    optimizer: nadam(draw.near(2e-3)),
    epochs: 5,
    batchSize: 24,
  })),
  classCase('held out, healthy: AdaGrad', 'features', [], (_, draw) => ({
    model: mlp([draw.about(40), 40], { act: mish }),
    optimizer: adagrad(draw.near(0.03)),
    epochs: 8,
    batchSize: 20,
  })),
  classCase('held out, healthy: recurrent', 'rows', [], (_, draw) => ({
    model: sequential(rnn(8, 48, { returns: 'last' }), linear(48, 10)),
    optimizer: adam(draw.near(2e-3)),
    epochs: 8,
    batchSize: 32,
  })),
  classCase('held out, healthy: steps of the rate', 'mnist', [], (_, draw) => ({
    model: mlp([draw.about(80), 40], { act: elu }),
    optimizer: sgd(draw.near(0.05), { momentum: 0.9, nesterov: true }),
    schedule: step({ every: { epochs: 2 }, factor: 0.3 }),
    epochs: 5,
    batchSize: 50,
  })),
  classCase('held out, healthy: residual', 'mnist', [], (_, draw) => ({
    model: residual(draw.pick(6, 8)),
    optimizer: adamw(draw.near(2e-3), { weightDecay: 0.01 }),
    epochs: 2,
    batchSize: 64,
  })),
  classCase('held out, healthy: light augmentation', 'cifar10', [], (_, draw) => ({
    model: convNet([12, 24], { act: gelu, before: normed, drop: 0.2 }),
    augment: [light()],
    optimizer: adam(draw.near(2e-3)),
    epochs: 4,
    batchSize: 50,
  })),
  numberCase('held out, healthy: numbers', [], (_, draw) => ({
    model: mlp([draw.about(40), 20], { act: tanh, start: init.xavierNormal() }),
    optimizer: rmsprop(draw.near(1e-3)),
    epochs: 8,
    batchSize: 24,
  })),
]

const planted: readonly ClinicCase[] = [
  classCase('held out, rate-too-high: recurrent', 'rows', ['rate-too-high'], (_, draw) => ({
    model: sequential(gru(8, 32, { returns: 'last' }), linear(32, 10)),
    optimizer: adam(draw.near(0.5)),
    epochs: 5,
    batchSize: 32,
  })),
  classCase('held out, rate-too-high: GELU', 'mnist', ['rate-too-high'], (_, draw) => ({
    model: mlp(deep(3, draw.about(64)), { act: gelu }),
    optimizer: nadam(draw.near(0.2)),
    epochs: 3,
    batchSize: 50,
  })),
  classCase('held out, rate-too-low: recurrent', 'rows', ['rate-too-low'], (_, draw) => ({
    model: sequential(lstm(8, 32, { returns: 'last' }), linear(32, 10)),
    optimizer: rmsprop(draw.near(3e-6)),
    epochs: 5,
    batchSize: 32,
  })),
  classCase('held out, rate-too-low: residual', 'digits', ['rate-too-low'], (_, draw) => ({
    model: residual(8),
    optimizer: sgd(draw.near(3e-5), { momentum: 0.9 }),
    epochs: 2,
    batchSize: 32,
  })),
  classCase('held out, dropout-before-norm: one place', 'cifar10', ['dropout-before-norm'], (_, draw) => ({
    model: ({ inputShape, classes }) =>
      sequential(
        conv2d(inputShape[0]!, 12, 3, { padding: 1, stride: 2 }),
        relu(),
        dropout(0.5),
        conv2d(12, 24, 3, { padding: 1, stride: 2 }),
        batchNorm2d(24),
        relu(),
        globalAvgPool(),
        linear(24, classes),
      ),
    optimizer: adam(draw.near(3e-3)),
    epochs: 4,
    batchSize: 50,
  })),
  classCase(
    'held out, batch-norm-tiny-batches: residual',
    'digits',
    ['batch-norm-tiny-batches'],
    (_, draw) => ({
      model: residual(8),
      optimizer: adam(draw.near(1e-3)),
      epochs: 1,
      batchSize: 3,
    }),
  ),
  classCase('held out, inputs-not-normalized: cifar10', 'cifar10', ['inputs-not-normalized'], (_, draw) => ({
    model: convNet([8, 16, 16]),
    preprocess: raw(),
    optimizer: sgd(draw.near(0.02), { momentum: 0.9 }),
    epochs: 3,
    batchSize: 50,
  })),
  classCase('held out, vanishing-activations: ELU', 'features', ['vanishing-activations'], (_, draw) => ({
    model: mlp(deep(5, draw.about(40)), { act: elu, start: init.uniform(0.03) }),
    optimizer: adam(draw.near(5e-4)),
    epochs: 5,
    batchSize: 25,
  })),
  classCase('held out, exploding-activations: GELU', 'mnist', ['exploding-activations'], (_, draw) => ({
    model: mlp(deep(3, draw.about(48)), { act: gelu, start: init.uniform(1.2) }),
    optimizer: sgd(draw.near(0.01)),
    epochs: 3,
    batchSize: 50,
  })),
  classCase('held out, over-fitting: table', 'features', ['over-fitting'], (data, draw) => ({
    data: fewSamples(data, 300),
    model: mlp([draw.about(256), 128], { act: silu }),
    optimizer: adam(draw.near(3e-3)),
    epochs: 25,
    batchSize: 25,
    validation: 0.5,
  })),
  classCase('held out, not-shuffled: rows', 'rows', ['not-shuffled'], (data, draw) => ({
    data: sorted(data),
    model: sequential(gru(8, 24, { returns: 'last' }), linear(24, 10)),
    shuffle: false,
    optimizer: adam(draw.near(3e-3)),
    epochs: 4,
    batchSize: 25,
  })),
  classCase('held out, label-noise: table', 'features', ['label-noise'], (data, draw) => ({
    data: noisyLabels(data, 0.3, draw.seed),
    model: mlp([draw.about(48)], { act: gelu }),
    optimizer: sgd(draw.near(0.05), { momentum: 0.9 }),
    epochs: 8,
    batchSize: 32,
  })),
  classCase('held out, decay-too-strong: tanh', 'features', ['decay-too-strong'], (_, draw) => ({
    model: mlp([draw.about(48), 24], { act: tanh, start: init.xavierNormal() }),
    optimizer: sgd(draw.near(0.1), { weightDecay: draw.near(0.2) }),
    epochs: 8,
    batchSize: 32,
  })),
  classCase('held out, two: leak and imbalance', 'digits', ['leak', 'imbalance'], (data, draw) => {
    const few = imbalanced(leaking(data, 0.3), [draw.pick(2, 6)], 16)
    return {
      data: few,
      model: mlp([48], { after: dropping(0.2) }),
      optimizer: adam(2e-3),
      epochs: 6,
      batchSize: 32,
    }
  }),
]

/** Other architectures and optimizers, which no check was tuned on. */
export const heldOut: readonly ClinicCase[] = [...healthy, ...planted]
