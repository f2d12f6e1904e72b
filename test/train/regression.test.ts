import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/core/index.ts'
import { data, nn, optim, type Recipe, readEvents } from '../../src/node.ts'
import { drawCurves } from '../../src/train/charts/curves.ts'
import { evaluate } from '../../src/train/evaluation/evaluation.ts'
import { NumberErrors } from '../../src/train/evaluation/number-errors.ts'
import type { TrainEvent } from '../../src/train/events.ts'
import { fit } from '../../src/train/fit.ts'
import { terminalProgress } from '../../src/train/run/progress.ts'
import { trainRun } from '../../src/train/run/run.ts'
import { createRunFolder } from '../../src/train/run/run-folder.ts'
import { runInParts } from './pairs-support.ts'

const folder = mkdtempSync(join(tmpdir(), 'gradus-regression-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Houses whose price follows from what is known of them, up to noise of 5,000; and a tax in other units. */
const NOISE = 5000
const houses = (() => {
  const random = new Random('houses')
  const between = (low: number, high: number) => low + (high - low) * random.uniform()
  const rows = Array.from({ length: 400 }, () => {
    const [size, age, isHouse] = [between(30, 200), between(0, 100), random.integer(2)]
    const price = 200_000 + 3000 * size - 500 * age + 50_000 * isHouse + random.normal(0, NOISE)
    return [size, age, isHouse ? 'house' : 'flat', price, 0.01 * size - 0.002 * age]
  })
  const path = join(folder, 'houses.csv')
  writeFileSync(path, ['size,age,kind,price,tax', ...rows].map((row) => `${row}\n`).join(''))
  return path
})()

const linear: Recipe['model'] = ({ inputShape, classes }) => nn.linear(inputShape[0]!, classes)
const open = (label: string | string[] = 'price') => data.csv({ path: houses, label })
const recipeOf = async (changes: Partial<Recipe> = {}): Promise<Recipe> => ({
  data: await open(),
  model: linear,
  optimizer: optim.adam(0.05),
  epochs: 30,
  batchSize: 32,
  ...changes,
})

describe('numbers to predict', () => {
  it('of a table are learned; model, evaluation and events speak in units of the data', async () => {
    const events: TrainEvent[] = []
    const run = await fit(await recipeOf({ data: await open(['price', 'tax']) }), {
      threads: 1,
      sinks: [(event) => void events.push(event)],
    })
    const report = await evaluate(run, { threads: 1 })
    expect(report).toMatchObject({ task: 'regression', targets: [{ name: 'price' }, { name: 'tax' }] })
    expect(run.test.r2).toBeGreaterThan(0.99)
    // The evaluation goes through the exported file, in other units and another order of additions.
    for (const key of ['rmse', 'r2'] as const)
      expect(report[key as keyof typeof report]).toBeCloseTo(run.test[key]!, key === 'r2' ? 6 : -0.5)
    // What can be told from noise: the best possible error is that of the noise.
    const [price] = report.task === 'regression' ? report.targets : []
    expect(price!.rmse).toBeGreaterThan(0.8 * NOISE)
    expect(price!.rmse).toBeLessThan(1.3 * NOISE)
    const epochs = events.filter((event) => event.type === 'epoch')
    const last = epochs.at(-1)!
    expect(last.validation).toMatchObject({ rmse: expect.any(Number), r2: expect.any(Number) })
    expect(last.train.rmse! / last.validation!.rmse!).toBeGreaterThan(0.5)
    expect(last.train.rmse! / last.validation!.rmse!).toBeLessThan(2)
    const step = events.findLast((event) => event.type === 'step')!
    expect(step.metrics.rmse).toBeLessThan(3 * last.train.rmse!)
    const losses = epochs.map(({ validation }) => validation!.loss)
    expect(run.progress.best!.epoch).toBe(losses.indexOf(Math.min(...losses)) + 1)
  })

  it('are standardized by the training samples alone, which leaves the solution as it is', async () => {
    // The tax says what the size is: it must not be an input.
    const recipe = await recipeOf({ data: await open(['price', 'tax']), epochs: 60, validation: 0 })
    const run = await fit(recipe, { threads: 1 })
    const [weight, bias] = ['weight', 'bias'].map((name) => [...run.tensors.get(name)!.data].map(Number))
    const { mean, std } = data.fitTargets(run.data.train)
    const inputs = data.fitNormalizer(run.data.train as data.MemorySplit)
    // Back in raw units, the slopes are those of the formula: 3000 for a square meter, -500 for a year.
    expect((weight![0]! * std[0]!) / inputs.std[0]!).toBeCloseTo(3000, -2)
    expect((weight![1]! * std[0]!) / inputs.std[1]!).toBeCloseTo(-500, -2)
    expect(bias![0]! * std[0]! + mean[0]!).toBeCloseTo(mean[0]!, -3.5)
  })

  it('resume to the same bits, with the units that the run began with', async () => {
    const recipe = await recipeOf({ epochs: 3 })
    const whole = await runInParts(recipe)
    expect(whole.last.get('targets/mean')!.dtype).toBe('float64')
    expect(await runInParts(recipe, [2, 7])).toEqual(whole)
    expect({ ...(await runInParts(recipe, [5, 9, 14])), epochs: 0 }).toEqual({ ...whole, epochs: 0 })
  })

  it('of a constant target give no r2, and a notice', async () => {
    const split = (count: number) => {
      const inputs = Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(i))
      return data.makeSplit(inputs, new Float32Array(count).fill(7), [2])
    }
    const parts = { train: split(40), test: split(10), inputRange: [-1, 1] as const, targets: ['seven'] }
    const notices: string[] = []
    const run = await fit(
      await recipeOf({ data: data.makeDataset({ name: 'sevens', ...parts }), epochs: 40 }),
      {
        threads: 1,
        sinks: [(event) => void (event.type === 'notice' && notices.push(event.message))],
      },
    )
    expect(notices.join()).toContain('nothing to learn')
    expect(run.test.r2).toBeUndefined()
    expect(run.test.rmse).toBeLessThan(0.3)
  })

  it('that are probabilities stay as they are', async () => {
    const split = (count: number) => {
      const inputs = Float32Array.from({ length: 2 * count }, (_, i) => Math.sin(i))
      const labels = Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? 0.75 : 0.25))
      return data.makeSplit(inputs, labels, [2])
    }
    const parts = { train: split(40), test: split(10), inputRange: [-1, 1] as const, targets: ['a', 'b'] }
    const soft = data.makeDataset({ name: 'soft', ...parts })
    const run = await fit(await recipeOf({ data: soft, loss: nn.losses.klDivergence() }), { threads: 1 })
    expect(run.test.loss).toBeLessThan(0.01)
    expect(run.test.rmse).toBeUndefined()
  })

  it('are shown: in the progress, the summary and the curves', async () => {
    const run = createRunFolder({ name: 'houses', out: join(folder, 'run') })
    let shown = ''
    const summary = await trainRun(await recipeOf({ epochs: 4 }), run, {
      threads: 1,
      sinks: [terminalProgress({ write: (text) => (shown += text) })],
    })
    expect(summary).toMatchObject({ testRmse: expect.any(Number), testR2: expect.any(Number) })
    expect(shown).toMatch(/epoch 4\/4 .* rmse \d.* r2 /)
    expect(shown).toMatch(/test rmse .*, r2 /)
    expect(await drawCurves(readEvents(run.events.path))).toContain('RMSE')
  })
})

describe('NumberErrors', () => {
  it('scores several numbers by the mean of each in its units', () => {
    const errors = new NumberErrors({ mean: [0, 0], std: [10, 1] })
    errors.add([2, 0], [1, 5, -1, 5], 2)
    errors.add([2, 4], [1, 5, -1, 5], 2)
    // The first: mean square 1, in tens 10, none of its variance explained; the second never changes.
    expect(errors.scores).toEqual({ rmse: (10 + 1) / 2, r2: 0 })
    expect(new NumberErrors().scores).toEqual({})
  })
})
