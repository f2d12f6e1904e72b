import { describe, expect, it } from 'vitest'
import { numbersOf, Random, type Tensor } from '../../src/core/index.ts'
import { loader, makeDataset, makeSplit } from '../../src/data/index.ts'
import * as nn from '../../src/nn/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { fit, type Recipe } from '../../src/train/index.ts'
import { createPopulationStatistics } from '../../src/train/population-statistics.ts'

const [COUNT, FEATURES, POSITIONS] = [23, 3, 4]
const random = new Random('population')
const samples = Array.from({ length: COUNT }, () =>
  Array.from({ length: FEATURES * POSITIONS }, () => Math.fround(random.normal(2, 3))),
)

/** All samples in batches of 5: the last one has 3. */
const batches = (shuffle = true) => {
  const split = makeSplit(Float32Array.from(samples.flat()), new Int32Array(COUNT), [FEATURES, POSITIONS])
  return loader(split, 'all', { batchSize: 5, shuffle })
}

const model = nn.sequential({
  first: nn.batchNorm1d(FEATURES, { momentum: 0.5 }),
  dropout: nn.dropout(0.5),
  conv: nn.conv1d(FEATURES, 2, 1),
  act: nn.relu(),
  second: nn.batchNorm1d(2),
})

/** Mean and unbiased variance of each of `channels` channels of [..., channels, POSITIONS] rows. */
function statisticsOf(rows: readonly (readonly number[])[], channels: number) {
  return Array.from({ length: channels }, (_, c) => {
    const values = rows.flatMap((row) => row.slice(c * POSITIONS, (c + 1) * POSITIONS))
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length
    const spread = values.reduce((sum, x) => sum + (x - mean) ** 2, 0)
    return { mean, variance: spread / (values.length - 1), biased: spread / values.length }
  })
}

/** What the convolution and the ReLU make of a batch that the first norm has standardized by its own statistics. */
function afterConvolution(rows: readonly (readonly number[])[], tensors: ReadonlyMap<string, Tensor>) {
  const statistics = statisticsOf(rows, FEATURES)
  const [weight, offset] = ['weight', 'bias'].map((name) => numbersOf(tensors.get(`conv.${name}`)!))
  return rows.map((row) =>
    [0, 1].flatMap((out) =>
      Array.from({ length: POSITIONS }, (_, at) => {
        const terms = statistics.map(
          ({ mean, biased }, c) =>
            (weight![out * FEATURES + c]! * (row[c * POSITIONS + at]! - mean)) / Math.sqrt(biased + 1e-5),
        )
        return Math.max(0, terms.reduce((sum, term) => sum + term, 0) + offset![out]!)
      }),
    ),
  )
}

function expectStatistics(
  tensors: ReadonlyMap<string, Tensor>,
  layer: string,
  expected: ReturnType<typeof statisticsOf>,
): void {
  const [mean, variance] = ['running_mean', 'running_var'].map((name) =>
    numbersOf(tensors.get(`${layer}.${name}`)!),
  )
  expected.forEach((statistic, c) => {
    expect(mean![c]! / statistic.mean).toBeCloseTo(1, 5)
    expect(variance![c]! / statistic.variance).toBeCloseTo(1, 5)
  })
}

describe('the statistics of the whole set', () => {
  it('are its exact mean and variance', async () => {
    const tensors = nn.initialize(model, 1)
    const take = createPopulationStatistics({ model, inputShape: [FEATURES, POSITIONS], tensors })
    await take(batches())
    expectStatistics(tensors, 'first', statisticsOf(samples, FEATURES))
  })

  it('of a later norm are those of what the batches become on the way, without dropout', async () => {
    const tensors = nn.initialize(model, 1)
    const take = createPopulationStatistics({ model, inputShape: [FEATURES, POSITIONS], tensors })
    await take(batches(false))
    const groups = Array.from({ length: 5 }, (_, i) => samples.slice(5 * i, 5 * i + 5))
    const reached = groups.flatMap((rows) => afterConvolution(rows, tensors))
    expectStatistics(tensors, 'second', statisticsOf(reached, 2))
  })

  it('do not depend on what was there before, and follow the weights', async () => {
    const tensors = nn.initialize(model, 1)
    const take = createPopulationStatistics({ model, inputShape: [FEATURES, POSITIONS], tensors })
    await take(batches())
    const once = numbersOf(tensors.get('second.running_mean')!)
    await take(batches())
    expect(numbersOf(tensors.get('second.running_mean')!)).toEqual(once)
    const { data } = tensors.get('conv.bias')!
    for (let i = 0; i < data.length; i++) data[i] = Number(data[i]) + 100
    await take(batches())
    once.forEach((mean, c) => {
      expect(Number(tensors.get('second.running_mean')!.data[c])).toBeGreaterThan(mean + 90)
    })
  })

  it('leave frozen norms alone', async () => {
    const tensors = nn.initialize(model, 1)
    const frozen = (name: string) => name.startsWith('first.')
    await createPopulationStatistics({ model, inputShape: [FEATURES, POSITIONS], tensors, frozen })(batches())
    expect(numbersOf(tensors.get('first.running_mean')!)).toEqual([0, 0, 0])
    expect(numbersOf(tensors.get('second.running_mean')!)).not.toEqual([0, 0])
  })

  it('need a layer that keeps them', () => {
    const options = { model: nn.linear(3, 2), inputShape: [3], tensors: new Map() }
    expect(() => createPopulationStatistics(options)).toThrow(
      'populationStatistics: expected a model with layers that keep running statistics, found none',
    )
  })
})

describe('a recipe with populationStatistics', () => {
  const [count, shape] = [50, [1, 2, 2]]
  const images = (seed: number) => {
    const random = new Random('images', seed)
    const inputs = Float32Array.from({ length: count * 4 }, () => random.normal(3, 2))
    return makeSplit(
      inputs,
      Int32Array.from({ length: count }, (_, i) => (inputs[4 * i]! > 3 ? 1 : 0)),
      shape,
    )
  }
  const recipe = (model: nn.Layer): Recipe => ({
    data: makeDataset({
      name: 'images',
      train: images(1),
      test: images(2),
      classes: ['low', 'high'],
      inputRange: [-10, 20],
    }),
    model,
    optimizer: sgd(0.1),
    epochs: 2,
    batchSize: 16,
    validation: 0,
  })
  const normed = nn.sequential({ norm: nn.batchNorm2d(1), flatten: nn.flatten(), fc: nn.linear(4, 2) })
  const statistics = (tensors: ReadonlyMap<string, Tensor>) =>
    ['norm.running_mean', 'norm.running_var'].map((name) => Number(tensors.get(name)!.data[0]))

  it('tests and exports with the statistics of all training samples', async () => {
    const usual = await fit(recipe(normed))
    const whole = await fit({ ...recipe(normed), populationStatistics: true })
    // The inputs are standardized over the training samples: the first norm finds mean 0 and the unbiased variance of 200 pixels.
    const [mean, variance] = statistics(whole.tensors)
    expect(mean).toBeCloseTo(0, 6)
    expect(variance).toBeCloseTo(200 / 199, 6)
    expect(Math.abs(statistics(usual.tensors)[0]!)).toBeGreaterThan(1e-4)
    expect(whole.test.loss).not.toBe(usual.test.loss)
    expect(whole.toOnnx()).not.toEqual(usual.toOnnx())
    expect(numbersOf(whole.tensors.get('fc.weight')!)).toEqual(numbersOf(usual.tensors.get('fc.weight')!))
  })

  it('is refused before training, if there is nothing that keeps statistics', async () => {
    const plain = recipe(nn.sequential(nn.flatten(), nn.linear(4, 2)))
    await expect(fit({ ...plain, populationStatistics: true })).rejects.toThrow('found none')
  })
})
