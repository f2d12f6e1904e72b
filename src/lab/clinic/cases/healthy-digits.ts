import { randomCrop, rotate } from '../../../augment/index.ts'
import { type MemoryClasses, minMax } from '../../../data/index.ts'
import {
  basicBlock,
  batchNorm1d,
  batchNorm2d,
  conv2d,
  crossEntropy,
  elu,
  gelu,
  globalAvgPool,
  hinge,
  init,
  type Layer,
  layerNorm,
  leakyRelu,
  linear,
  relu,
  sequential,
  sigmoid,
  silu,
  tanh,
  zoo,
} from '../../../nn/index.ts'
import { adam, adamw, lion, nadam, rmsprop, sgd } from '../../../optim/index.ts'
import { cosine, oneCycle, warmup } from '../../../schedules/index.ts'
import { earlyStopping, reduceOnPlateau } from '../../../train/index.ts'
import { type ClinicCase, classCase, type Sketch } from '../case.ts'
import { convNet, deep, dropping, mlp, normed } from '../nets.ts'
import { fewSamples, imbalanced } from '../spoil.ts'

const healthy = (name: string, sketch: Sketch<MemoryClasses>) =>
  classCase(`healthy: ${name}`, 'digits', [], sketch)

/** Digits with nothing wrong: optimizers, activations, norms, what makes training harder, short and long runs. */
export const healthyDigits: readonly ClinicCase[] = [
  healthy('adam', (_data, draw) => ({
    model: mlp([draw.about(64)]),
    optimizer: adam(draw.near(2e-3)),
    epochs: draw.about(8),
    batchSize: 32,
  })),
  healthy('momentum', (_data, draw) => ({
    model: mlp(deep(draw.pick(1, 2), draw.about(64))),
    optimizer: sgd(draw.near(0.03), { momentum: 0.9 }),
    epochs: 8,
    batchSize: draw.pick(32, 64),
  })),
  healthy('plain SGD', (_data, draw) => ({
    model: mlp([draw.about(48), 32]),
    optimizer: sgd(draw.near(0.1)),
    epochs: 10,
    batchSize: 32,
  })),
  healthy('linear', (_data, draw) => ({
    model: mlp([]),
    optimizer: draw.pick(sgd(0.1), adam(3e-3)),
    epochs: 10,
    batchSize: 32,
  })),
  healthy('tanh', (_data, draw) => ({
    model: mlp(deep(draw.pick(1, 2, 3), draw.about(48)), { act: tanh, start: init.xavierNormal() }),
    optimizer: sgd(draw.near(0.05), { momentum: 0.9 }),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('sigmoid', (_data, draw) => ({
    model: mlp([draw.about(48)], { act: sigmoid, start: init.xavierNormal() }),
    optimizer: adam(draw.near(5e-3)),
    epochs: 10,
    batchSize: 32,
  })),
  healthy('batch norm', (_, draw) => ({
    model: zoo.cnn(),
    optimizer: adam(draw.near(2e-3)),
    epochs: draw.pick(3, 4),
    batchSize: 64,
  })),
  healthy('convolutions', (_data, draw) => ({
    model: convNet([draw.pick(8, 12, 16), 16]),
    optimizer: sgd(draw.near(0.03), { momentum: 0.9 }),
    epochs: 6,
    batchSize: 32,
  })),
  healthy('dropout', (_data, draw) => ({
    model: mlp([draw.about(128), 64], { after: dropping(draw.pick(0.3, 0.5)) }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 10,
    batchSize: 32,
  })),
  healthy('high dropout', (_data, draw) => ({
    model: mlp([draw.about(192)], { after: dropping(draw.pick(0.6, 0.7)) }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 10,
    batchSize: 32,
  })),
  healthy('small batches', (_data, draw) => ({
    model: mlp([draw.about(48)]),
    optimizer: sgd(draw.near(0.02)),
    epochs: 5,
    batchSize: draw.pick(8, 10),
  })),
  healthy('large batches', (_data, draw) => ({
    model: mlp([draw.about(64), 32]),
    optimizer: adam(draw.near(4e-3)),
    epochs: 15,
    batchSize: 256,
  })),
  healthy('little data', (data, draw) => ({
    data: fewSamples(data, 400),
    model: mlp([draw.about(48)], { after: dropping(0.4) }),
    optimizer: sgd(draw.near(0.05), { momentum: 0.9, weightDecay: 1e-3 }),
    epochs: 8,
    batchSize: 16,
    validation: 0.2,
  })),
  healthy('label smoothing', (_data, draw) => ({
    model: mlp([draw.about(64)]),
    loss: crossEntropy({ labelSmoothing: 0.1 }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('augmentation', (_data, draw) => ({
    model: convNet([16, 32]),
    augment: draw.pick([randomCrop(8, { padding: 1 })], [rotate(10)]),
    optimizer: adam(draw.near(2e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  healthy('two epochs', (_data, draw) => ({
    model: mlp([draw.about(64)]),
    optimizer: adam(draw.near(2e-3)),
    epochs: 2,
    batchSize: 32,
  })),
  healthy('AdamW and cosine', (_data, draw) => ({
    model: mlp([draw.about(64), 64]),
    optimizer: adamw(draw.near(3e-3), { weightDecay: 0.01 }),
    schedule: cosine(),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('RMSProp or NAdam', (_data, draw) => ({
    model: mlp([draw.about(64)]),
    optimizer: draw.pick(rmsprop(1e-3), nadam(2e-3)),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('Lion', (_data, draw) => ({
    model: mlp([draw.about(64)]),
    optimizer: lion(draw.near(2e-4), { weightDecay: 0.01 }),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('deep ReLU', (_data, draw) => ({
    model: mlp(deep(draw.pick(5, 6), 48)),
    optimizer: adam(draw.near(1e-3)),
    epochs: 10,
    batchSize: 32,
  })),
  healthy('layer norm', (_data, draw) => ({
    model: mlp(deep(2, draw.about(48)), { before: (width) => [layerNorm([width])] }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('residual', (data, draw) => ({
    model: residualNet(data, draw.pick(8, 12)),
    optimizer: sgd(draw.near(0.05), { momentum: 0.9 }),
    epochs: 3,
    batchSize: 64,
  })),
  healthy('smooth activations', (_data, draw) => ({
    model: mlp([draw.about(64), 32], { act: draw.pick<() => Layer>(gelu, silu, elu, leakyRelu) }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('hinge loss', (_data, draw) => ({
    model: mlp([draw.about(48)]),
    loss: hinge(),
    optimizer: sgd(draw.near(0.02), { momentum: 0.9 }),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('warm-up', (_data, draw) => ({
    model: mlp([draw.about(64), 48]),
    optimizer: sgd(draw.near(0.08), { momentum: 0.9 }),
    schedule: draw.pick(warmup({ epochs: 1 }).andThen(cosine()), oneCycle()),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('norm and dropout behind it', (_data, draw) => ({
    model: mlp([draw.about(96)], {
      before: (width) => [batchNorm1d(width)],
      after: dropping(0.4),
    }),
    optimizer: adam(draw.near(3e-3)),
    epochs: 8,
    batchSize: 64,
  })),
  healthy('a little imbalance', (data, draw) => ({
    data: imbalanced(data, [draw.pick(1, 4, 7)], 2),
    model: mlp([48]),
    optimizer: adam(2e-3),
    epochs: 8,
    batchSize: 32,
  })),
  healthy('hooks', (_data, draw) => ({
    model: mlp([draw.about(64)]),
    optimizer: sgd(draw.near(0.1), { momentum: 0.8 }),
    hooks: [reduceOnPlateau({ patience: 2 }), earlyStopping({ patience: 4 })],
    epochs: 15,
    batchSize: 32,
  })),
  healthy('pixels from 0 to 1', (_data, draw) => ({
    model: convNet([12, 24], { before: normed, drop: draw.pick(0, 0.3) }),
    preprocess: minMax(),
    optimizer: adam(draw.near(2e-3)),
    epochs: 4,
    batchSize: 48,
  })),
]

/** A convolution, two residual blocks and a linear layer. */
function residualNet(data: MemoryClasses, channels: number): Layer {
  return sequential(
    conv2d(data.inputShape[0]!, channels, 3, { padding: 1, bias: false }),
    batchNorm2d(channels),
    relu(),
    basicBlock(channels, channels),
    basicBlock(channels, 2 * channels, { stride: 2 }),
    globalAvgPool(),
    linear(2 * channels, data.classes.length),
  )
}
