import { describe, expect, it } from 'vitest'
import { makeDataset, makeSplit, takeSamples } from '../../src/data/index.ts'
import { data, fit, init, losses, nn, optim, type Recipe, type TrainEvent } from '../../src/node.ts'
import type { StartEvent } from '../../src/train/events.ts'

const digits = await data.digits()
const base: Recipe = {
  data: digits,
  model: nn.sequential(nn.flatten(), nn.linear(64, 10)),
  optimizer: optim.sgd(0.1),
  epochs: 2,
}

async function startOf(recipe: Partial<Recipe>): Promise<StartEvent> {
  const events: TrainEvent[] = []
  const sinks = [(event: TrainEvent) => void events.push(event)]
  await fit({ ...base, ...recipe }, { threads: 1, maxSteps: 1, sinks })
  return events[0] as StartEvent
}

const table = (rows: readonly (readonly number[])[], labels: readonly number[]) => {
  const split = makeSplit(Float32Array.from(rows.flat()), Int32Array.from(labels), [rows[0]!.length])
  return makeDataset({ name: 'table', train: split, test: split, inputRange: [-9, 9], classes: ['a', 'b'] })
}

describe('the start event says', () => {
  it('what the recipe says: loss, links, planned rates', async () => {
    const loss = losses.crossEntropy({ labelSmoothing: 0.1 })
    const optimizer = optim.sgd(0.1, { momentum: 0.9, weightDecay: 1e-4 })
    const { recipe } = await startOf({ loss, optimizer, shuffle: false, batchSize: 16 })
    expect(recipe).toMatchObject({
      loss: { name: 'crossEntropy', args: [{ labelSmoothing: 0.1 }] },
      task: 'classification',
      optimizer: 'sgd',
      links: [
        { name: 'addDecay', args: [1e-4, { on: 'weights' }] },
        { name: 'momentum', args: [0.9, {}] },
        { name: 'byRate', args: [0.1] },
      ],
      rates: [0.1, 0.1, 0.1, 0.1, 0.1],
      batchSize: 16,
      shuffle: false,
      preprocess: 'standardize()',
      sampling: null,
    })
  })

  it('how many samples each class has, and whether batches mix them', async () => {
    const sorted = Uint32Array.from(digits.train.labels.keys()).sort(
      (a, b) => digits.train.labels[a]! - digits.train.labels[b]!,
    )
    const lined: Recipe['data'] = { ...digits, train: takeSamples(digits.train, sorted) }
    const mixed = (await startOf({})).facts!
    const unmixed = (await startOf({ data: lined, shuffle: false })).facts!
    expect(mixed.classCounts!.reduce((a, b) => a + b)).toBe(1293)
    expect(mixed.sameClass!.inBatch).toBeCloseTo(0.1, 1)
    expect(mixed.sameClass!.inAll).toBeCloseTo(0.1, 2)
    expect(unmixed.sameClass!.inBatch).toBeGreaterThan(0.7)
  })

  it('what the network is given', async () => {
    const { inputs } = (await startOf({})).facts!
    expect(inputs.mean).toBeCloseTo(0, 2)
    expect(inputs.std).toBeCloseTo(1, 2)
    const raw = (await startOf({ preprocess: data.raw() })).facts!.inputs
    expect(raw).toMatchObject({ min: 0, max: 16, mean: expect.closeTo(4.9, 0) })
  })

  it('features of a table that never change or are of unequal scale', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => [Math.sin(i), 7, 1000 * Math.cos(i * i)])
    const model = nn.linear(3, 2)
    const labels = rows.map((_, i) => i % 2)
    const { features } = (await startOf({ data: table(rows, labels), model, preprocess: data.raw() })).facts!
      .inputs
    expect(features).toMatchObject({ count: 3, constants: 1, constant: [1] })
    expect(features!.largestStd / features!.smallestStd).toBeGreaterThan(500)
    const usual = (await startOf({ data: table(rows, labels), model: nn.linear(2, 2) })).facts!.inputs
      .features!
    expect(usual).toMatchObject({ count: 3, constants: 1 })
    expect(usual.largestStd / usual.smallestStd).toBeCloseTo(1, 5)
  })

  it('which samples of the other splits were trained on', async () => {
    const twice = Uint32Array.from({ length: 400 }, (_, i) => i % 200)
    const doubled: Recipe['data'] = {
      ...digits,
      train: takeSamples(digits.train, twice),
      test: takeSamples(digits.train, twice.subarray(0, 50)),
    }
    const { duplicates } = (await startOf({ data: doubled })).facts!
    expect(duplicates!.validation).toBeGreaterThan(30)
    expect(duplicates!.test).toBeGreaterThan(45)
    expect((await startOf({})).facts!.duplicates).toEqual({ validation: 0, test: 0 })
  })

  it('how weights start', async () => {
    const model = nn.sequential(
      nn.flatten(),
      nn.linear(64, 8, { init: init.constant(0.1) }),
      nn.tanh(),
      nn.linear(8, 10),
    )
    const { weights } = await startOf({ model })
    expect(weights).toMatchObject([
      { name: '1.weight', shape: [8, 64], sameUnits: true, sameInputs: true },
      { name: '3.weight', shape: [10, 8], sameUnits: false, sameInputs: false },
    ])
    expect(weights![0]!.std).toBeCloseTo(0, 6)
    expect(weights![1]!.std).toBeCloseTo(0.5, 0)
  })
})
