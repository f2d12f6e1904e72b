import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/index.ts'
import { augment, data, losses, nn, optim, type Recipe } from '../../src/node.ts'
import { Programs } from '../../src/runtime/index.ts'
import { fit } from '../../src/train/fit.ts'
import {
  type CrossValidateOptions,
  crossValidate,
  type FoldEvent,
} from '../../src/train/folds/cross-validate.ts'
import { meanScores, spreadOf } from '../../src/train/folds/fold-scores.ts'
import { earlyStopping } from '../../src/train/patience.ts'
import { clouds } from './pairs-support.ts'

const points = clouds(160, 40)
const model: Recipe['model'] = ({ inputShape, classes }) =>
  nn.sequential(
    nn.linear(inputShape[0]!, 12),
    nn.batchNorm1d(12),
    nn.relu(),
    nn.dropout(0.1),
    nn.linear(12, classes),
  )
const recipe: Recipe = { data: points, model, optimizer: optim.adam(0.02), epochs: 3, batchSize: 16 }
const options: CrossValidateOptions = { folds: 4, threads: 1 }

/** The scores of the folds, each by a run of its own. */
async function alone(recipe: Recipe, { folds = 5 }: CrossValidateOptions) {
  const all = recipe.data as data.Dataset
  const samples: data.Split = all.train
  const runs = data.splitFolds(samples, folds, { seed: recipe.seed }).map(({ train, validation }) => {
    const parts = { train: data.takeSamples(samples, train), test: data.takeSamples(samples, validation) }
    return fit({ ...recipe, data: { ...all, ...parts } as data.Dataset }, { threads: 1 })
  })
  return (await Promise.all(runs)).map(({ test, progress }) => ({
    scores: test,
    bestEpoch: progress.best!.epoch,
  }))
}

/** Small pictures of one of two colors, with noise, twice as many of the one. */
const pictures = (() => {
  const random = new Random('colors')
  const split = (count: number) => {
    const labels = Int32Array.from({ length: count }, (_, i) => (i % 3 ? 1 : 0))
    const bytes = Uint8Array.from({ length: count * 192 }, (_, i) => {
      const [row, channel] = [Math.floor(i / 192), Math.floor((i % 192) / 64)]
      return Math.max(0, Math.min(255, 128 + (channel === labels[row] ? 12 : 0) + random.normal(0, 40)))
    })
    return data.makeSplit(bytes, labels, [3, 8, 8])
  }
  const parts = { train: split(96), test: split(12), inputRange: [0, 255] as const }
  return data.makeDataset({ name: 'colors', ...parts, classes: ['red', 'green'] })
})()

const numbers = (() => {
  const random = new Random('numbers')
  const split = (count: number) => {
    const inputs = Float32Array.from({ length: 3 * count }, () => random.normal())
    const labels = Float32Array.from(
      { length: count },
      (_, i) => 1000 + 300 * inputs[3 * i]! + random.normal(),
    )
    return data.makeSplit(inputs, labels, [3])
  }
  const parts = { train: split(90), test: split(10), inputRange: [-5, 5] as const }
  return data.makeDataset({ name: 'numbers', ...parts, targets: ['y'] })
})()

describe('each fold is the run that it would be alone, to the bit', () => {
  it.each<[string, Partial<Recipe>]>([
    ['plain', {}],
    ['without validation', { validation: 0 }],
    ['preprocessing in the graph', { preprocess: data.standardize().andThen(data.pca({ components: 4 })) }],
    ['hooks and a schedule', { epochs: 6, hooks: [earlyStopping({ patience: 1 })] }],
    ['sampling', { sampling: data.oversample() }],
    [
      'a loss made from the labels',
      { loss: ({ counts }) => losses.crossEntropy({ classWeights: data.classWeights(counts) }) },
    ],
    ['accumulation and momentum', { accumulate: 2, optimizer: optim.sgd(0.1, { momentum: 0.9 }) }],
    ['numbers to predict', { data: numbers, model: nn.linear(3, 1) }],
    [
      'augmented pictures',
      {
        data: pictures,
        model: nn.sequential(nn.conv2d(3, 4, 3), nn.relu(), nn.flatten(), nn.linear(144, 2)),
        augment: [augment.randomFlip(), augment.mixup()],
        epochs: 2,
      },
    ],
  ])('%s', async (_, changes) => {
    const own = { ...recipe, ...changes }
    const { results } = await crossValidate(own, options)
    expect(results.map(({ scores, bestEpoch }) => ({ scores, bestEpoch }))).toEqual(await alone(own, options))
  })
})

describe('crossValidate', () => {
  it('holds out every training sample once, and tells how the scores spread', async () => {
    const found = await crossValidate(recipe, options)
    expect(found).toMatchObject({ outcome: 'finished', data: 'clouds', folds: 4, seed: 0 })
    expect(found.results.reduce((sum, { heldOut }) => sum + heldOut, 0)).toBe(160)
    expect(found.results.every(({ train, heldOut }) => train + heldOut === 160)).toBe(true)
    const scores = found.results.map(({ scores }) => scores)
    expect(found.mean).toEqual(meanScores(scores))
    expect(found.std).toEqual(spreadOf(scores))
    expect(found.mean.accuracy).toBeGreaterThan(0.5)
  })

  it('emits the events of each run with its fold, each result, and all in the end', async () => {
    const events: FoldEvent[] = []
    const found = await crossValidate(recipe, { ...options, sinks: [(event) => void events.push(event)] })
    const starts = events.filter((event) => event.type === 'start')
    expect(starts).toMatchObject([1, 2, 3, 4].map((fold) => ({ fold, folds: 4, step: 0 })))
    expect(events.filter((event) => event.type === 'fold').map(({ fold }) => fold)).toEqual([1, 2, 3, 4])
    expect(events.at(-1)).toMatchObject({ type: 'folds', ...found })
    expect(found.results[0]!.epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
  })

  it('compiles for all folds once, except graphs that depend on the samples', async () => {
    // Training; batches of 12 and of 40 samples to evaluate; what doubts the labels of a batch of 16, and of 12.
    const { compiled } = await crossValidate(recipe, options)
    expect(compiled).toBe((await crossValidate(recipe, { ...options, folds: 2 })).compiled)
    const preprocess = data.standardize().andThen(data.pca({ components: 4 }))
    expect((await crossValidate({ ...recipe, preprocess }, options)).compiled).toBe(4 * compiled)
  })

  it('stops when it is asked to, with the folds that are done', async () => {
    const stop = new AbortController()
    const sinks = [(event: FoldEvent) => void (event.type === 'step' && event.fold === 3 && stop.abort())]
    const found = await crossValidate(recipe, { ...options, signal: stop.signal, sinks })
    expect(found.outcome).toBe('interrupted')
    expect(found.results).toHaveLength(2)
    expect(found.std).toHaveProperty('accuracy')
  })

  it.each<[CrossValidateOptions, RegExp]>([
    [{ folds: 1 }, /folds: expected a whole number from 2 to 255, got 1/],
    [{ folds: 2.5 }, /folds: expected a whole number/],
    [{ folds: 100 }, /folds: expected at least 100 samples of each class, .* got \d+ of class/],
    [{ fold: 3 } as CrossValidateOptions, /fold/],
  ])('refuses %j', async (given, message) => {
    await expect(crossValidate(recipe, given)).rejects.toThrow(message)
  })
})

describe('Programs', () => {
  it('serve runs that follow one another, each as if it had compiled its own', async () => {
    const programs = new Programs()
    const runs = []
    for (const seed of [0, 1, 0]) runs.push(await fit({ ...recipe, seed }, { threads: 1, programs }))
    const compiled = programs.compiled
    expect(runs[2]!.tensors).toEqual(runs[0]!.tensors)
    expect(runs[1]!.test).toEqual((await fit({ ...recipe, seed: 1 }, { threads: 1 })).test)
    // Training; evaluation of the validation samples and of those for the test.
    expect(compiled).toBe(3)
  })
})

describe('scores of folds', () => {
  it('have a mean and a sample standard deviation, where all have them', () => {
    const all = [{ loss: 1, r2: 0.5 }, { loss: 2, r2: 0.5 }, { loss: 3 }]
    expect(meanScores(all)).toEqual({ loss: 2 })
    expect(spreadOf(all)).toEqual({ loss: 1 })
    expect(spreadOf(all.slice(0, 1))).toEqual({})
    expect(meanScores([])).toEqual({})
  })
})
