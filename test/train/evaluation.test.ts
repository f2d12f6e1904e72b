import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/core/index.ts'
import { type Dataset, digits, makeDataset, makeSplit } from '../../src/data/index.ts'
import { Graph, input, type Value } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { writeOnnx } from '../../src/onnx/index.ts'
import { mul, reshape, sum } from '../../src/ops/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { classAnswers, numberAnswers, yesNoAnswers } from '../../src/train/evaluation/answers.ts'
import type { ClassReport } from '../../src/train/evaluation/class-report.ts'
import type { Evaluable } from '../../src/train/evaluation/evaluable.ts'
import { type Evaluation, evaluate, type Occasion } from '../../src/train/evaluation/evaluation.ts'
import type { NumberReport } from '../../src/train/evaluation/number-report.ts'
import type { View } from '../../src/train/evaluation/views.ts'
import { fit, type Recipe, type Trained } from '../../src/train/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'gradus-evaluation-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A file of the network that `build` is, for batches of any size, or of one. */
function fileOf(build: (x: Value) => Value, shape: readonly number[], batch?: number): Uint8Array {
  const x = input('input', [batch ?? 1, ...shape])
  const dynamicAxes = { input: { 0: 'N' }, output: { 0: 'N' } }
  return writeOnnx(new Graph([x], { output: build(x) }), batch ? {} : { dynamicAxes })
}
const same = (x: Value) => mul(x, 1)

/** Samples that are the outputs already: a network that changes nothing gives any output that a test asks for. */
function outputs(values: readonly number[], labels: readonly number[], classes: number): Dataset {
  const width = values.length / labels.length
  const split = makeSplit(Float32Array.from(values), Int32Array.from(labels), [width])
  const names = Array.from({ length: classes }, (_, c) => `class ${c}`)
  return makeDataset({ name: 'outputs', train: split, test: split, inputRange: [-100, 100], classes: names })
}

function numbers(values: readonly number[], truth: readonly number[], targets: readonly string[]): Dataset {
  const split = makeSplit(Float32Array.from(values), Float32Array.from(truth), [targets.length])
  return makeDataset({ name: 'numbers', train: split, test: split, inputRange: [-100, 100], targets })
}

const unchanged = (data: Dataset, loss?: nn.Loss, batch?: number): Evaluable => ({
  toOnnx: () => fileOf(same, data.inputShape, batch),
  data,
  loss,
})

async function classified(...args: Parameters<typeof evaluate>): Promise<Occasion & ClassReport> {
  const evaluation = await evaluate(...args)
  if (evaluation.task !== 'classification') throw new Error('these are numbers')
  return evaluation
}
async function predicted(...args: Parameters<typeof evaluate>): Promise<Occasion & NumberReport> {
  const evaluation = await evaluate(...args)
  if (evaluation.task !== 'regression') throw new Error('these are classes')
  return evaluation
}

/** All but the time that it took. */
const untimed = ({ seconds: _, ...rest }: Evaluation) => rest

describe('an evaluation', () => {
  interface Known {
    readonly classes: number
    readonly logits: readonly number[]
    readonly labels: readonly number[]
    readonly accuracy: number
    readonly confusion: unknown
    readonly loss: number
    readonly calibration: number
    readonly macro: { readonly f1: number }
    readonly weighted: { readonly precision: number }
  }
  const fixture = JSON.parse(readFileSync(new URL('../fixtures/metrics.json', import.meta.url), 'utf8'))
  it.each(Object.entries<Known>(fixture.classification))(
    'of classes has the measures of scikit-learn: %s',
    async (_, known) => {
      const { classes, logits, labels, accuracy, confusion } = known
      const found = await classified(unchanged(outputs(logits, labels, classes)))
      // Probabilities are kept in float32.
      const close = (value: number) => expect.closeTo(value, 6)
      expect(found).toMatchObject({
        samples: labels.length,
        loss: close(known.loss),
        accuracy,
        confusion,
        calibration: { error: close(known.calibration) },
        macro: { f1: close(known.macro.f1) },
        weighted: { precision: close(known.weighted.precision) },
      })
      expect(found).not.toHaveProperty('top5')
    },
  )

  it.each(Object.keys(fixture.regression))('of numbers has them too: %s', async (name) => {
    const { targets, predicted: values, truth, mean } = fixture.regression[name]
    const names = ['height', 'width', 'depth'].slice(0, targets)
    const found = await predicted(unchanged(numbers(values, truth, names)))
    for (const [metric, value] of Object.entries<number>(mean))
      expect(found[metric as 'mse']).toBeCloseTo(value, 5)
    expect(found.targets.map(({ name }) => name)).toEqual(names)
  })

  it('lists the worst samples and what is confused most', async () => {
    const logits = [9, 0, 0, 9, 5, 0, 5, 0, 0, 2]
    const data = outputs(logits, [0, 1, 1, 1, 0], 2)
    const found = await classified(unchanged(data), { worst: 2 })
    expect(found.worst.map(({ sample }) => sample)).toEqual([2, 3])
    expect(found.worst[0]).toEqual({
      sample: 2,
      label: 'class 1',
      predicted: 'class 0',
      probability: expect.closeTo(1 / (1 + Math.exp(5)), 7),
      confidence: expect.closeTo(1 / (1 + Math.exp(-5)), 7),
      loss: expect.closeTo(Math.log1p(Math.exp(5)), 5),
    })
    expect(found.confused).toEqual([
      { label: 'class 1', predicted: 'class 0', count: 2, share: 2 / 3 },
      { label: 'class 0', predicted: 'class 1', count: 1, share: 1 / 2 },
    ])
  })

  it('lists the numbers that are farthest off', async () => {
    const data = numbers([1, 2, 3, 4, 5, 6], [1, 2, 3, 8, 5, 5], ['height', 'width'])
    const { worst } = await predicted(unchanged(data), { worst: 1 })
    expect(worst).toEqual([{ sample: 1, expected: [3, 8], predicted: [3, 4], loss: 8 }])
    const test = { ...data.test, nameOf: (sample: number) => `row ${sample}` }
    const named = await predicted(unchanged({ ...data, test } as Dataset), { worst: 1 })
    expect(named.worst).toMatchObject([{ sample: 1, name: 'row 1' }])
  })

  it('tells the share among the five likeliest where there are ten classes', async () => {
    const rows = Array.from({ length: 10 }, () => [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])
    const data = outputs(rows.flat(), [...rows.keys()], 10)
    expect(await classified(unchanged(data))).toMatchObject({ top5: 0.5, accuracy: 0.1 })
  })

  it('takes networks that have a batch size built in', async () => {
    const values = Array.from({ length: 22 }, (_, i) => (i % 4 === 0 ? 3 : i))
    const data = outputs(values, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1], 2)
    const free = await classified(unchanged(data))
    for (const batch of [1, 3, 300])
      expect(untimed(await classified(unchanged(data, undefined, batch)))).toEqual(untimed(free))
  })
})

describe('the loss', () => {
  const random = new Random('evaluation')
  const [count, classes] = [300, 3]
  const logits = Array.from({ length: count * classes }, () => random.normal(0, 2))
  const labels = Array.from({ length: count }, () => random.integer(classes))
  it.each([
    nn.crossEntropy({ labelSmoothing: 0.2 }),
    nn.crossEntropy({ classWeights: [1, 2, 0.5] }),
    nn.focal(),
    nn.hinge(),
    nn.hinge({ form: 'crammer-singer', squared: true }),
  ])('is that of training: $name', async (loss) => {
    const data = outputs(logits, labels, classes)
    const model = nn.linear(classes, classes)
    const recipe: Recipe = { data, model, loss, optimizer: sgd(0.1), epochs: 1, validation: 0 }
    const run = await fit(recipe, { threads: 1, maxSteps: 1 })
    const found = await classified(run)
    expect(found.loss).toBeCloseTo(run.test.loss, 5)
    expect(found.accuracy).toBe(run.test.accuracy)
  })

  it('of yes or no is that of its logits, however large', async () => {
    const data = outputs([2, -1, 60, -60, 0.5], [1, 0, 0, 1, 1], 2)
    const found = await classified(unchanged(data, nn.bceWithLogits()))
    const softplus = (x: number) => Math.log1p(Math.exp(x))
    const expected = [softplus(-2), softplus(-1), 60, 60, softplus(-0.5)]
    expect(found.loss).toBeCloseTo(expected.reduce((a, b) => a + b) / 5, 5)
    expect(found).toMatchObject({ accuracy: 0.6, confusion: [[1, 1], [1, 2]] }) // biome-ignore format: a matrix
    expect(found.worst[0]).toMatchObject({ sample: 2, label: 'class 0', predicted: 'class 1' })
    const { loss, accuracy } = await classified(unchanged(data))
    expect({ loss, accuracy }).toEqual({ loss: found.loss, accuracy: 0.6 })
  })

  it('of a network that was trained to predict numbers is its squared error', async () => {
    const inputs = Array.from({ length: 60 }, (_, i) => Math.sin(i))
    const data = numbers(inputs, inputs.map((x) => 2 * x + 1), ['height', 'width']) // biome-ignore format: short
    const recipe: Recipe = { data, model: nn.linear(2, 2), optimizer: sgd(0.1), epochs: 5, batchSize: 8 }
    const run = await fit(recipe, { threads: 1 })
    const found = await predicted(run)
    expect(found.rmse).toBeCloseTo(run.test.rmse!, 5)
    expect(found.r2).toBeGreaterThan(0.5)
    expect((await predicted(run, { split: 'validation' })).samples).toBe(3)
  })

  it('of numbers makes classes numbers', async () => {
    const data = outputs([0.5, 1, 2], [0, 1, 2], 3)
    const found = await predicted(unchanged(data, nn.mse()))
    expect(found).toMatchObject({ mse: expect.closeTo(1 / 12, 6), targets: [{ name: 'label' }] })
  })
})

describe('test-time augmentation', () => {
  const random = new Random('pictures')
  const [count, shape] = [11, [2, 6, 5]]
  const pictures = makeSplit(
    Float32Array.from({ length: count * 60 }, () => random.normal()),
    Int32Array.from({ length: count }, (_, i) => i % 3),
    shape,
  )
  const data = makeDataset({
    name: 'pictures',
    train: pictures,
    test: pictures,
    inputRange: [-5, 5],
    classes: ['a', 'b', 'c'],
  })
  /** Scores that depend on where things are. */
  const toOnnx = () => {
    const places = (x: Value) => reshape(x, [-1, 3, 20])
    return fileOf((x) => sum(places(x), { axes: 2 }), shape)
  }
  const of = { toOnnx, data }
  const probabilities = async (tta: readonly View[]) => {
    const { worst } = await classified(of, { tta, worst: count })
    return new Map(worst.map(({ sample, probability }) => [sample, probability]))
  }

  it.each(['flip', 'flip-translate', 'five-crop', 'ten-crop', 'multi-scale'] as const)(
    'averages probabilities: %s',
    async (tta) => {
      const { viewsOf } = await import('../../src/train/evaluation/views.ts')
      const views = viewsOf(tta, shape)
      const single = await Promise.all(views.map((view) => probabilities([view])))
      const found = await classified(of, { tta, worst: count })
      expect(found).toMatchObject({ tta, views: views.length })
      for (const { sample, probability } of found.worst) {
        const mean = single.reduce((sum, each) => sum + each.get(sample)!, 0) / views.length
        expect(probability).toBeCloseTo(mean, 6)
      }
      const plain = await classified(of)
      expect(found.plain).toEqual({ loss: plain.loss, accuracy: plain.accuracy })
      expect(plain).not.toHaveProperty('plain')
    },
  )

  it('takes views of your own', async () => {
    const negative: View = (x) => mul(x, -1)
    const found = await classified(of, { tta: [negative] })
    expect(found).toMatchObject({ tta: 'own', views: 1 })
    expect(found).not.toHaveProperty('plain')
    const wrong: View = (x) => reshape(x, [x.shape[0]!, 60])
    await expect(evaluate(of, { tta: [wrong] })).rejects.toThrow('tta: expected views of the shape')
  })

  it('is refused where there are no pictures', async () => {
    const rows = unchanged(outputs([1, 2], [0], 2))
    await expect(evaluate(rows, { tta: 'flip' })).rejects.toThrow('got samples of shape [2]')
  })
})

describe('the samples', () => {
  let run: Trained
  beforeAll(async () => {
    const model = nn.sequential(nn.flatten(), nn.linear(64, 10))
    run = await fit({ data: digits(), model, optimizer: sgd(0.1), epochs: 1, validation: 0.2 })
  })

  it('are those of the test by default', async () => {
    const found = await classified(run)
    const { accuracy } = run.test
    expect(found).toMatchObject({ data: 'digits', split: 'test', samples: 360, accuracy })
    expect(found.loss).toBeCloseTo(run.test.loss, 5)
    expect(found.classes.map(({ support }) => support).reduce((a, b) => a + b)).toBe(360)
  })

  it('may be those that were set apart, or those that were trained on', async () => {
    const validation = await classified(run, { split: 'validation', worst: 1000 })
    const train = await classified(run, { split: 'train', worst: 2000 })
    expect([validation.samples, train.samples]).toEqual([287, 1150])
    expect(validation.loss).toBeCloseTo(run.progress.best!.scores.loss, 5)
    const seen = [validation, train].flatMap(({ worst }) => worst.map(({ sample }) => sample))
    expect(new Set(seen).size).toBe(1437)
    for (const { sample, label } of validation.worst)
      expect(label).toBe(String(run.data.train.labels[sample]))
  })

  it('may be given to a file or a run folder', async () => {
    const path = join(folder, 'run')
    mkdirSync(path)
    writeFileSync(join(path, 'model.onnx'), run.toOnnx())
    const data = await digits()
    for (const of of [path, join(path, 'model.onnx')])
      expect(untimed(await evaluate(of, { data }))).toEqual(untimed(await evaluate(run)))
    await expect(evaluate(path)).rejects.toThrow(`expected the data for ${path}, got none`)
    await expect(evaluate(join(folder, 'no'), { data })).rejects.toThrow(/^cannot read .*no/)
    await expect(evaluate(path, { data, split: 'validation' })).rejects.toThrow(
      'digits: expected samples for validation, found none that were set apart',
    )
  })

  it('must be like those of the network', async () => {
    const toOnnx = () => run.toOnnx()
    const other = { ...run.data, classes: [...'abcdefghij'] } as Dataset
    await expect(evaluate({ toOnnx, data: other })).rejects.toThrow(
      'digits: expected the classes that the network was trained on, found others',
    )
    const rows = outputs([1, 2], [0], 2)
    const two = unchanged(outputs([1, 2, 3], [0], 2))
    await expect(evaluate({ toOnnx: () => fileOf(same, [3]), data: rows })).rejects.toThrow(
      'the network takes samples [3], the data have [2]',
    )
    await expect(evaluate(two)).rejects.toThrow('the network gives 3 numbers for a sample, expected 2')
    const noise = { toOnnx: () => fileOf((x) => sum(x), [2], 1), data: rows }
    await expect(evaluate(noise)).rejects.toThrow('expected a network of one input float32 [N, ...]')
  })

  it('are told of while they are done', async () => {
    const told: number[][] = []
    await evaluate(run, { watch: (...progress) => told.push(progress) })
    expect(told).toEqual([
      [256, 360],
      [360, 360],
    ])
  })

  it('are not guessed at', async () => {
    await expect(evaluate(run, { split: 'tests' as 'test' })).rejects.toThrow('did you mean "test"?')
    await expect(evaluate(run, { tta: 'flop' as 'flip' })).rejects.toThrow('did you mean "flip"?')
    await expect(evaluate(run, { worst: -1 })).rejects.toThrow('expected worst, a whole number of at least 0')
    await expect(evaluate(run, { crops: 5 } as never)).rejects.toThrow('unknown option of evaluate "crops"')
  })
})

describe('answers', () => {
  it('are exact where probabilities are too small to be written', () => {
    const { read, average } = classAnswers(2)
    expect([...read([1000, 0, 0, -2000])]).toEqual([0, -1000, 0, -2000])
    expect([...average([Float64Array.of(-1000), Float64Array.of(-2000)])]).toEqual([-1000 - Math.log(2)])
    expect([...yesNoAnswers.read([800, -800])]).toEqual([-800, -0, -0, -800])
  })

  it('that are numbers are averaged as such', () => {
    const { average, read } = numberAnswers(1)
    expect([...average([read([1, 2]), read([3, 6])])]).toEqual([2, 4])
  })
})
