import { describe, expect, it } from 'vitest'
import { takeSamples } from '../../src/data/index.ts'
import { nn, optim, type Recipe, zoo } from '../../src/node.ts'
import { digits, found, mlp } from './support.ts'

const base = { data: digits, batchSize: 32, epochs: 6 }
const first = (count: number) => Uint32Array.from({ length: count }, (_, i) => i)
const cnn = zoo.buildModel('cnn', { inputShape: [1, 8, 8], classes: 10 })

const healthy: Readonly<Record<string, Recipe>> = {
  'a small convolutional net': {
    ...base,
    model: cnn,
    optimizer: optim.sgd(0.05, { momentum: 0.9 }),
    epochs: 3,
  },
  SGD: { ...base, model: mlp(), optimizer: optim.sgd(0.1) },
  Adam: { ...base, model: mlp(), optimizer: optim.adam(2e-3) },
  tanh: { ...base, model: mlp(nn.tanh), optimizer: optim.sgd(0.05, { momentum: 0.9 }) },
  'one layer of sigmoids': {
    ...base,
    model: mlp(nn.sigmoid, { depth: 1 }),
    optimizer: optim.adam(5e-3),
    epochs: 10,
  },
  'two epochs': { ...base, model: mlp(), optimizer: optim.sgd(0.05, { momentum: 0.9 }), epochs: 2 },
  'small batches': { ...base, model: mlp(), optimizer: optim.sgd(0.02), batchSize: 8, epochs: 4 },
  'much dropout': {
    ...base,
    model: nn.sequential(nn.flatten(), nn.linear(64, 256), nn.relu(), nn.dropout(0.7), nn.linear(256, 10)),
    optimizer: optim.adam(2e-3),
  },
  'batch norm': {
    ...base,
    model: nn.sequential(nn.flatten(), nn.linear(64, 64), nn.batchNorm1d(64), nn.relu(), nn.linear(64, 10)),
    optimizer: optim.sgd(0.05, { momentum: 0.9 }),
  },
  'few samples': {
    ...base,
    data: { ...digits, train: takeSamples(digits.train, first(300)) },
    model: mlp(),
    optimizer: optim.adam(1e-3),
    epochs: 12,
  },
}

describe('in healthy runs the doctor finds no problem', () => {
  it.each(Object.entries(healthy))('%s', async (_, recipe) => {
    const { findings } = await found(recipe)
    expect(findings.filter(({ severity }) => severity === 'problem')).toEqual([])
  })
})
