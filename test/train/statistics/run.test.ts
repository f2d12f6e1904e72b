import { describe, expect, it } from 'vitest'
import { randomCrop } from '../../../src/augment/index.ts'
import { type JsonObject, parseJson, Random, stringifyJson } from '../../../src/core/index.ts'
import { makeDataset, makeSplit } from '../../../src/data/index.ts'
import * as nn from '../../../src/nn/index.ts'
import { groups, sgd } from '../../../src/optim/index.ts'
import type { StartEvent, TrainEvent } from '../../../src/train/events.ts'
import { fit } from '../../../src/train/fit.ts'
import { checkRecipe, type Recipe } from '../../../src/train/recipe/recipe.ts'
import type { StatisticsEvent } from '../../../src/train/statistics-event.ts'
import { copyingKeeper } from '../pairs-support.ts'

/** Pictures of noise, in two classes. */
function pictures(train: number) {
  const random = new Random('statistics')
  const split = (count: number) => {
    const labels = Int32Array.from({ length: count }, () => random.integer(2))
    const inputs = Float32Array.from({ length: count * 72 }, () => random.normal())
    return makeSplit(inputs, labels, [2, 6, 6])
  }
  const classes = ['a', 'b']
  return makeDataset({ name: 'noise', train: split(train), test: split(20), inputRange: [-5, 5], classes })
}

const model = nn.sequential({
  conv: nn.conv2d(2, 4, 3),
  norm: nn.batchNorm2d(4),
  act: nn.relu(),
  drop: nn.dropout(0.3),
  flat: nn.flatten(),
  fc: nn.linear(64, 2),
})

/** Five steps an epoch. */
const recipe = (over: Partial<Recipe> = {}): Recipe => ({
  data: pictures(100),
  model,
  augment: [randomCrop(6, { padding: 1 })],
  optimizer: sgd(0.05, { momentum: 0.9 }),
  epochs: 3,
  batchSize: 16,
  validation: 0.2,
  statistics: { every: 3, histograms: 8 },
  ...over,
})

async function train(given: Recipe, stops: readonly number[] = []) {
  const events: TrainEvent[] = []
  const sinks = [(event: TrainEvent) => void events.push(event)]
  const keeper = copyingKeeper()
  for (const maxSteps of stops)
    await fit(given, { threads: 1, sinks, keeper, maxSteps, resume: keeper.held.last })
  const { tensors } = await fit(given, { threads: 1, sinks, keeper, resume: keeper.held.last })
  const statistics = events.filter((event): event is StatisticsEvent => event.type === 'statistics')
  return { tensors, events, statistics }
}

const untimed = (events: readonly StatisticsEvent[]) => events.map((event) => ({ ...event, time: '' }))

describe('a run that is looked at', () => {
  it('comes to the same bits as one that is not', async () => {
    const quiet = await train(recipe({ statistics: false }))
    expect(quiet.statistics).toEqual([])
    for (const accumulate of [1, 2]) {
      const plain = await train(recipe({ statistics: false, accumulate }))
      expect((await train(recipe({ accumulate }))).tensors).toEqual(plain.tensors)
    }
  })

  it('is looked at in the same steps, with the same numbers, wherever it was stopped', async () => {
    const whole = await train(recipe())
    expect(whole.statistics.map(({ step }) => step)).toEqual([1, 2, 3, 5, 6, 9, 10, 12, 15])
    for (const stops of [[4], [7, 8], [2, 11]]) {
      const parts = await train(recipe(), stops)
      expect(parts.tensors).toEqual(whole.tensors)
      // The gradient of the step before is gone when a run goes on.
      const expected = whole.statistics.map((event) => {
        if (!stops.includes(event.step - 1)) return event
        const { cosine, ...gradient } = event.gradient
        expect(cosine).toBeDefined()
        return { ...event, gradient }
      })
      expect(untimed(parts.statistics)).toEqual(untimed(expected))
    }
  })

  it('tells as JSON what was in a step, before the step itself', async () => {
    const { statistics, events } = await train(recipe())
    for (const event of statistics) {
      const text = stringifyJson(event as object as JsonObject, 'event')
      expect(parseJson(text, 'event')).toEqual(event)
      expect(events[events.indexOf(event) + 1]).toMatchObject({ type: 'step', step: event.step })
    }
    const [first] = statistics as [StatisticsEvent]
    expect(first.layers.map(({ path }) => path)).toEqual(['conv', 'norm', 'act', 'drop', 'fc'])
    expect(first.parameters.map(({ name }) => name)).toEqual(nn.parametersOf(model).map(({ name }) => name))
    for (const { histogram } of first.layers) {
      expect(histogram!.counts).toHaveLength(8)
      expect(histogram!.from).toBeLessThan(histogram!.to)
    }
    // The norm sees to it, over these very samples.
    expect(first.layers[1]).toMatchObject({ mean: expect.closeTo(0, 4), std: expect.closeTo(1, 3) })
    expect(statistics.map(({ epochSamples }) => epochSamples)).toEqual([8, 16, 24, 32, 8, 16, 24, 8, 16])
  })

  it('shows the first filters at first and after each epoch', async () => {
    const { statistics, tensors } = await train(recipe())
    const drawn = statistics.flatMap(({ step, filters }) => (filters ? [{ step, ...filters }] : []))
    expect(drawn.map(({ step }) => step)).toEqual([1, 5, 10, 15])
    expect(drawn[0]).toMatchObject({ name: 'conv.weight', shape: [4, 2, 3, 3] })
    const last = drawn.at(-1)!.values
    // Those of the best epoch are kept, which need not be the last one.
    expect(last).toHaveLength(tensors.get('conv.weight')!.data.length)
    expect(last).not.toEqual(drawn[0]!.values)
  })

  it('leaves out histograms if asked to, and what is frozen has no gradient', async () => {
    const optimizer = { ...sgd(0.05) }
    const links = [groups([{ match: 'conv.*', freeze: true }]), ...optimizer.links]
    const frozen = recipe({ statistics: { histograms: 0 }, optimizer: { ...optimizer, links }, epochs: 1 })
    const [first] = (await train(frozen)).statistics as [StatisticsEvent]
    expect(first.layers.every(({ histogram }) => histogram === undefined)).toBe(true)
    expect(first.parameters.map(({ name }) => name)).toEqual([
      'norm.weight',
      'norm.bias',
      'fc.weight',
      'fc.bias',
    ])
  })

  it('says at the start what its layers are', async () => {
    const { events } = await train(recipe({ epochs: 1 }))
    const { layers } = (events[0] as StartEvent).model
    expect(layers).toEqual([
      { path: 'conv', type: 'conv2d', shape: [4, 4, 4], parameters: ['conv.weight', 'conv.bias'] },
      { path: 'norm', type: 'batchNorm2d', shape: [4, 4, 4], parameters: ['norm.weight', 'norm.bias'] },
      { path: 'act', type: 'relu', shape: [4, 4, 4], parameters: [] },
      { path: 'drop', type: 'dropout', shape: [4, 4, 4], parameters: [] },
      { path: 'flat', type: 'flatten', shape: [64], parameters: [] },
      { path: 'fc', type: 'linear', shape: [2], parameters: ['fc.weight', 'fc.bias'] },
      { path: '', type: 'sequential', shape: [2], parameters: [] },
    ])
  })
})

describe('the field statistics of a recipe', () => {
  it('has defaults', () => {
    const { statistics, ...rest } = recipe()
    expect(statistics).toBeDefined()
    expect(checkRecipe(rest).statistics).toEqual({ every: 20, histograms: 30 })
    expect(checkRecipe({ ...rest, statistics: { every: 7 } }).statistics).toEqual({
      every: 7,
      histograms: 30,
    })
    expect(checkRecipe({ ...rest, statistics: false }).statistics).toBe(false)
  })

  it('is checked', () => {
    const refused = (statistics: unknown) => () => checkRecipe({ ...recipe(), statistics })
    const expected = 'statistics: expected false or { every: 1 or more, histograms: 0 or more }'
    expect(refused({ every: 0 })).toThrow(`${expected}, got {"every":0}`)
    expect(refused({ histograms: 2.5 })).toThrow(`${expected}, got {"histograms":2.5}`)
    expect(refused({ often: 3 })).toThrow(`${expected}, got {"often":3}`)
    expect(refused(true)).toThrow(`${expected}, got true`)
  })
})
