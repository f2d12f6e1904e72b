import { describe, expect, it } from 'vitest'
import { takeSamples } from '../../src/data/index.ts'
import { data, defineLayer, init, losses, nn, ops, optim, type Recipe } from '../../src/node.ts'
import { digits, found, mislabelled, mlp } from './support.ts'

const base = { data: digits, batchSize: 32, epochs: 6 }
const first = (count: number) => Uint32Array.from({ length: count }, (_, i) => i)
const softmax = defineLayer('softmax', () => ({ forward: (x) => ops.softmax(x, 1) }))
const sorted = Uint32Array.from(digits.train.labels.keys()).sort(
  (a, b) => digits.train.labels[a]! - digits.train.labels[b]!,
)
const rare = Uint32Array.from(digits.train.labels.keys()).filter(
  (i) => digits.train.labels[i] !== 3 || i % 20 === 0,
)
const doubled = Uint32Array.from({ length: 2000 }, (_, i) => i % 1000)

const faults: readonly [check: string, how: string, recipe: Recipe][] = [
  ['rate-too-high', 'SGD', { ...base, model: mlp(), optimizer: optim.sgd(2) }],
  ['rate-too-high', 'Adam', { ...base, model: mlp(), optimizer: optim.adam(0.1) }],
  ['divergence', 'tanh', { ...base, model: mlp(nn.tanh), optimizer: optim.sgd(1, { momentum: 0.9 }) }],
  ['rate-too-low', 'SGD', { ...base, model: mlp(), optimizer: optim.sgd(1e-4) }],
  ['rate-too-low', 'Adam', { ...base, model: mlp(), optimizer: optim.adam(1e-5) }],
  [
    'vanishing-activations',
    'small Gaussian',
    { ...base, model: mlp(nn.tanh, { depth: 4, init: init.normal(0.01) }), optimizer: optim.sgd(0.05) },
  ],
  [
    'exploding-activations',
    'large Gaussian',
    { ...base, model: mlp(nn.relu, { depth: 3, init: init.normal(1) }), optimizer: optim.sgd(1e-3) },
  ],
  [
    'saturation',
    'large Gaussian',
    { ...base, model: mlp(nn.tanh, { init: init.normal(1.5) }), optimizer: optim.sgd(0.01) },
  ],
  [
    'symmetric-units',
    'zeros',
    { ...base, model: mlp(nn.relu, { init: init.zeros }), optimizer: optim.sgd(0.05) },
  ],
  [
    'vanishing-gradients',
    'deep sigmoids',
    { ...base, model: mlp(nn.sigmoid, { depth: 7 }), optimizer: optim.sgd(0.1) },
  ],
  [
    'probabilities-into-loss',
    'softmax twice',
    { ...base, model: nn.sequential(mlp(), softmax()), optimizer: optim.adam(1e-3) },
  ],
  [
    'inputs-not-normalized',
    'raw',
    { ...base, model: mlp(), preprocess: data.raw(), data: scaled(20), optimizer: optim.sgd(1e-4) },
  ],
  [
    'noisy-gradients',
    'single samples',
    { ...base, model: mlp(), optimizer: optim.sgd(0.05), batchSize: 1, epochs: 1 },
  ],
  [
    'decay-too-strong',
    'L2 of 0.3',
    { ...base, model: mlp(), optimizer: optim.sgd(0.05, { momentum: 0.9, weightDecay: 0.3 }) },
  ],
  [
    'label-noise',
    'a quarter',
    { ...base, data: mislabelled(0.25), model: mlp(), optimizer: optim.adam(1e-3), epochs: 8 },
  ],
  [
    'not-shuffled',
    'sorted by class',
    {
      ...base,
      data: { ...digits, train: takeSamples(digits.train, sorted) },
      shuffle: false,
      model: mlp(),
      optimizer: optim.sgd(0.05),
      epochs: 2,
    },
  ],
  [
    'imbalance',
    'one in twenty',
    {
      ...base,
      data: { ...digits, train: takeSamples(digits.train, rare) },
      model: mlp(),
      optimizer: optim.sgd(0.05),
      epochs: 2,
    },
  ],
  [
    'leak',
    'everything twice',
    {
      ...base,
      data: { ...digits, train: takeSamples(digits.train, doubled) },
      model: mlp(),
      optimizer: optim.sgd(0.05),
      epochs: 1,
    },
  ],
  [
    'small-test',
    'thirty',
    {
      ...base,
      data: { ...digits, test: takeSamples(digits.test, first(30)) },
      model: mlp(),
      optimizer: optim.sgd(0.05),
      epochs: 1,
    },
  ],
  [
    'over-fitting',
    'a hundred samples',
    {
      ...base,
      data: { ...digits, train: takeSamples(digits.train, first(160)) },
      model: mlp(),
      optimizer: optim.adam(3e-3),
      validation: 0.5,
      batchSize: 16,
      epochs: 40,
    },
  ],
]

/** The digits with pixels of other sizes. */
function scaled(factor: number): typeof digits {
  const change = <S extends typeof digits.train>(split: S): S => ({
    ...split,
    inputs: Float32Array.from(split.inputs as Uint8Array, (x) => factor * x),
  })
  return { ...digits, train: change(digits.train), test: change(digits.test) }
}

describe('the doctor finds', () => {
  it.each(faults)('%s: %s', async (check, _, recipe) => {
    const { names } = await found(recipe)
    expect(names).toContain(check)
  })

  it('nothing wrong with weights for classes of other sizes, as far as that goes', async () => {
    const recipe = {
      ...base,
      data: { ...digits, train: takeSamples(digits.train, rare) },
      model: mlp(),
      loss: losses.crossEntropy({ classWeights: [1, 1, 1, 5, 1, 1, 1, 1, 1, 1] }),
      optimizer: optim.sgd(0.05),
      epochs: 1,
    }
    expect((await found(recipe)).names).not.toContain('imbalance')
  })
})
