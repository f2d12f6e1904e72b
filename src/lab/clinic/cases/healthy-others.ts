import { standard } from '../../../augment/index.ts'
import type { MemoryClasses } from '../../../data/index.ts'
import { gru, huber, init, linear, lstm, relu, sequential, tanh, zoo } from '../../../nn/index.ts'
import { adam, adamw, byRate, chain, clipByGlobalNorm, momentum, sgd } from '../../../optim/index.ts'
import { cosine } from '../../../schedules/index.ts'
import { type ClinicCase, classCase, numberCase, type Sketch } from '../case.ts'
import { convNet, deep, dropping, mlp, normed } from '../nets.ts'
import type { SourceName } from '../sources.ts'
import { oddOrEven } from '../spoil.ts'

const healthy = (source: Exclude<SourceName, 'halves'>, name: string, sketch: Sketch<MemoryClasses>) =>
  classCase(`healthy: ${source}, ${name}`, source, [], sketch)

const sequences: readonly ClinicCase[] = [
  healthy('rows', 'LSTM', (_, draw) => ({
    model: zoo.lstmClassifier({ inputShape: [8, 8], hidden: draw.about(32), layers: 1 }),
    optimizer: adam(draw.near(5e-3)),
    epochs: 6,
    batchSize: 32,
  })),
  healthy('rows', 'GRU with clipping', (_, draw) => ({
    model: sequential(draw.pick(gru, lstm)(8, 32, { returns: 'last' }), linear(32, 10)),
    optimizer: chain(clipByGlobalNorm(1), momentum(0.9), byRate(draw.near(0.1))),
    epochs: 8,
    batchSize: 32,
  })),
]

const tables: readonly ClinicCase[] = [
  healthy('features', 'adam', (_data, draw) => ({
    model: mlp([draw.about(48), 32]),
    optimizer: adam(draw.near(3e-3)),
    epochs: 10,
    batchSize: 32,
  })),
  healthy('features', 'linear', (_data, draw) => ({
    model: mlp([]),
    optimizer: sgd(draw.near(0.2)),
    epochs: 12,
    batchSize: 32,
  })),
  healthy('features', 'two classes', (data, draw) => {
    const two = oddOrEven(data)
    return {
      data: two,
      model: mlp([draw.about(32)], draw.pick({}, { act: tanh, start: init.xavierNormal() })),
      optimizer: sgd(draw.near(0.1), { momentum: 0.9 }),
      epochs: 10,
      batchSize: 32,
    }
  }),
]

const numbers: readonly ClinicCase[] = [
  numberCase('healthy: halves, network', [], (_data, draw) => ({
    model: mlp([draw.about(48)]),
    optimizer: adam(draw.near(2e-3)),
    epochs: 8,
    batchSize: 32,
  })),
  numberCase('healthy: halves, linear', [], (_data, draw) => ({
    model: mlp([]),
    optimizer: draw.pick(sgd(0.03), adam(3e-3)),
    epochs: 10,
    batchSize: 32,
  })),
  numberCase('healthy: halves, Huber', [], (_data, draw) => ({
    model: mlp(deep(2, 32), { after: dropping(0.1) }),
    loss: huber(),
    optimizer: sgd(draw.near(0.05), { momentum: 0.9, weightDecay: 1e-4 }),
    schedule: cosine(),
    epochs: 8,
    batchSize: 32,
  })),
]

const pictures: readonly ClinicCase[] = [
  healthy('mnist', 'network', (_data, draw) => ({
    model: mlp([draw.about(64)]),
    optimizer: sgd(draw.near(0.05), { momentum: 0.9 }),
    epochs: 4,
    batchSize: 64,
  })),
  healthy('mnist', 'LeNet', (_, draw) => ({
    model: zoo.lenet(),
    optimizer: draw.pick(adam(1e-3), sgd(0.03, { momentum: 0.9 })),
    epochs: 5,
    batchSize: 32,
  })),
  healthy('mnist', 'batch norm', (_data, draw) => ({
    model: convNet([8, 16], { before: normed, drop: draw.pick(0, 0.3) }),
    optimizer: adam(draw.near(2e-3)),
    epochs: 4,
    batchSize: 32,
  })),
  healthy('mnist', 'dropout', (_data, draw) => ({
    model: mlp([draw.about(96)], { act: relu, after: dropping(0.5) }),
    optimizer: adamw(draw.near(1e-3), { weightDecay: 0.01 }),
    epochs: 5,
    batchSize: 32,
  })),
  healthy('cifar10', 'convolutions', (_data, draw) => ({
    model: convNet([draw.pick(8, 12), 16, 32], { drop: 0.3 }),
    optimizer: sgd(draw.near(0.02), { momentum: 0.9, weightDecay: 5e-4 }),
    epochs: 6,
    batchSize: 64,
  })),
  healthy('cifar10', 'batch norm', (_data, draw) => ({
    model: convNet([12, 24, 32], { before: normed, drop: 0.3 }),
    optimizer: adam(draw.near(2e-3)),
    schedule: cosine(),
    epochs: 5,
    batchSize: 64,
  })),
  healthy('cifar10', 'augmented', (_data, draw) => ({
    model: convNet([12, 24, 32], { before: normed }),
    augment: [standard()],
    optimizer: sgd(draw.near(0.03), { momentum: 0.9, nesterov: true }),
    schedule: cosine(),
    epochs: 6,
    batchSize: 64,
  })),
]

/** Healthy runs on sequences, tables, numbers to predict and larger pictures. */
export const healthyOthers: readonly ClinicCase[] = [...sequences, ...tables, ...numbers, ...pictures]
