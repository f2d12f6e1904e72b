import { describe, expect, it } from 'vitest'
import { numbersOf, type Tensor, tensor } from '../../src/core/index.ts'
import { constant } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { adamw, byRate, chain, clipByGlobalNorm, groups, momentum, sgd } from '../../src/optim/index.ts'
import { compile } from '../../src/runtime/index.ts'
import * as schedules from '../../src/schedules/index.ts'
import type { EpochEvent, StepEvent, TrainEvent } from '../../src/train/events.ts'
import { fit } from '../../src/train/fit.ts'
import { earlyStopping, reduceOnPlateau } from '../../src/train/index.ts'
import type { Recipe } from '../../src/train/recipe/recipe.ts'
import { clouds, copied, laboratory, runInParts } from './pairs-support.ts'

const data = clouds(200)
const model = nn.sequential(nn.linear(6, 8), nn.relu(), nn.linear(8, 3))

type Tensors = ReadonlyMap<string, Tensor>

const differencesOf = (a: Tensors, b: Tensors): number[] =>
  [...a].flatMap(([name, held]) => numbersOf(held).map((x, i) => x - Number(b.get(name)!.data[i])))

/** The largest difference between two elements. */
const gap = (a: Tensors, b: Tensors) =>
  differencesOf(a, b).reduce((most, x) => Math.max(most, Math.abs(x)), 0)

/** The length of the way from one to the other. */
const distance = (a: Tensors, b: Tensors) =>
  Math.sqrt(differencesOf(a, b).reduce((total, x) => total + x * x, 0))

describe('clipping x accumulation', () => {
  it('clips the gradient of the whole batch, not those of its parts', async () => {
    const optimizer = chain(clipByGlobalNorm(0.05), byRate(1))
    const [whole, parts] = [
      await laboratory(data, model, { optimizer }),
      await laboratory(data, model, { optimizer, accumulate: 4 }),
    ]
    const start = copied(whole.tensors)
    await whole.train(0, 1)
    await parts.train(0, 1)
    // The step has the length of the threshold exactly: parts that were clipped one by one would add up to less.
    expect(distance(whole.tensors, start)).toBeCloseTo(0.05, 6)
    expect(distance(parts.tensors, start)).toBeCloseTo(0.05, 6)
    await whole.train(1, 6)
    await parts.train(1, 6)
    expect(gap(parts.tensors, whole.tensors)).toBeLessThan(1e-6)
  })
})

describe('decay x frozen', () => {
  it('keeps frozen parameters to the bit, and decays the others as without them', async () => {
    const freeze = groups([{ match: '0.*', freeze: true }])
    const optimizer = chain(freeze, adamw(1e-2, { weightDecay: 0.5 }))
    const { tensors, train } = await laboratory(data, model, { optimizer })
    const start = copied(tensors)
    await train(0, 5)
    for (const name of ['0.weight', '0.bias']) expect(tensors.get(name), name).toEqual(start.get(name))
    for (const name of ['2.weight', '2.bias']) expect(tensors.get(name), name).not.toEqual(start.get(name))
    const plain = await laboratory(data, model, { optimizer: chain(freeze, adamw(1e-2, { weightDecay: 0 })) })
    await plain.train(0, 5)
    const size = (held: Tensor) => Math.hypot(...numbersOf(held))
    expect(size(tensors.get('2.weight')!)).toBeLessThan(size(plain.tensors.get('2.weight')!))
  })

  it('keeps the statistics of a frozen batch norm, and resumes to the same bits', async () => {
    const frozen: Recipe = {
      data,
      model: nn.sequential(nn.linear(6, 8), nn.batchNorm1d(8), nn.relu(), nn.linear(8, 3)),
      optimizer: chain(groups([{ match: '1.*', freeze: true }]), momentum(0.9), byRate(0.05)),
      epochs: 2,
      batchSize: 32,
      validation: 0.2,
    }
    const whole = await runInParts(frozen)
    expect(whole.last.get('1.running_mean')).toEqual(tensor(new Float32Array(8)))
    expect(whole.last.get('1.running_var')).toEqual(tensor(new Float32Array(8).fill(1)))
    expect(await runInParts(frozen, [3, 7])).toMatchObject({ last: whole.last, best: whole.best })
  })
})

describe('plateau x warm-up', () => {
  const horizon = { base: 0.2, steps: 30, stepsPerEpoch: 5 }
  const schedule = schedules.warmup({ epochs: 2 }).andThen(schedules.linear())
  // Nothing ever counts as progress, so that it halves the rate after every epoch but the first, against which it measures.
  const hook = () => reduceOnPlateau({ by: 2, patience: 0, threshold: 0.999 })
  const recipe = (over: Partial<Recipe> = {}): Recipe => ({
    data,
    model,
    optimizer: sgd(0.2),
    schedule,
    epochs: 6,
    batchSize: 32,
    validation: 0.2,
    hooks: [hook()],
    ...over,
  })
  const ratesOf = async (given: Recipe) => {
    const events: TrainEvent[] = []
    await fit(given, { threads: 1, sinks: [(event) => void events.push(event)] })
    return events.filter((event): event is StepEvent => event.type === 'step').map(({ rate }) => rate)
  }

  it('multiplies what the schedule says, which goes on as planned', async () => {
    const rates = await ratesOf(recipe())
    const factors = rates.map((rate, step) => rate / schedule(step, horizon))
    const byEpoch = [1, 1, 2, 4, 8, 16].flatMap((by) => new Array(5).fill(1 / by))
    factors.forEach((factor, step) => {
      expect(factor, `step ${step}`).toBeCloseTo(byEpoch[step]!, 10)
    })
  })

  it('waits for the end of the warm-up if asked', async () => {
    const waiting = reduceOnPlateau({ by: 2, patience: 0, threshold: 0.999, after: 2 })
    const rates = await ratesOf(recipe({ hooks: [waiting] }))
    expect(rates.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, step) => schedule(step, horizon)))
    expect(rates[20]).toBeCloseTo(schedule(20, horizon) / 2, 10)
  })

  it('resumes with what it has counted, to the same bits', async () => {
    const whole = await runInParts(recipe())
    for (const stops of [[7], [5, 13, 24]]) {
      const parts = await runInParts(recipe(), stops)
      expect({ ...parts, epochs: 0 }, `stopped at ${stops}`).toEqual({ ...whole, epochs: 0 })
    }
  })
})

describe('early stopping x max-steps x resume', () => {
  it('ends at the same epoch, which a part of an epoch does not change, and stays ended', async () => {
    const stopping: Recipe = {
      data,
      model,
      optimizer: sgd(0.2),
      epochs: 9,
      batchSize: 32,
      validation: 0.2,
      hooks: [earlyStopping({ patience: 1, threshold: 0.999 })],
    }
    const whole = await runInParts(stopping)
    const last = whole.epochs.at(-1) as EpochEvent
    expect(last.epoch).toBe(3)
    for (const stops of [[3], [12], [15], [15, 16]]) {
      const parts = await runInParts(stopping, stops)
      expect({ ...parts, epochs: 0 }, `stopped at ${stops}`).toEqual({ ...whole, epochs: 0 })
    }
  })
})

describe('label smoothing x class weights', () => {
  const logits = [
    [2, -1, 0.5],
    [0.1, 3, -2],
    [-1, 0, 1],
    [4, 4, -4],
  ]
  const classes = [0, 2, 1, 1]

  /** The definition, in double precision: weighted mean of (1 - s) times the surprise plus s times the mean one. */
  function expected(smoothing: number, weights: readonly number[]): number {
    let [total, weight] = [0, 0]
    logits.forEach((row, n) => {
      const sum = Math.log(row.reduce((acc, x) => acc + Math.exp(x), 0))
      row.forEach((x, c) => {
        const wanted = (c === classes[n] ? 1 - smoothing : 0) + smoothing / 3
        total += weights[c]! * wanted * (sum - x)
      })
      weight += weights[classes[n]!]!
    })
    return total / weight
  }

  it.each([
    [0.1, [1, 1, 1]],
    [0.3, [0.2, 1, 5]],
    [0.1, [1, 0, 2]],
    [0, [0.5, 2, 0]],
  ])('%s and %j', async (labelSmoothing, classWeights) => {
    const loss = nn.losses.crossEntropy({ labelSmoothing, classWeights })
    const run = compile(() =>
      loss.apply(constant(tensor(logits.flat(), [4, 3])), constant(tensor(classes, [4], 'int32'))),
    )
    expect(Number((await run()).data[0])).toBeCloseTo(expected(labelSmoothing, classWeights), 6)
  })
})

describe('seed x threads', () => {
  it('gives the same run within rounding on one thread and on two, and another with another seed', async () => {
    // Wide enough that ONNX Runtime shares its products among threads.
    const wide = nn.sequential(
      nn.linear(6, 512),
      nn.batchNorm1d(512),
      nn.relu(),
      nn.linear(512, 512),
      nn.dropout(0.2),
      nn.linear(512, 3),
    )
    const given: Recipe = {
      data,
      model: wide,
      optimizer: sgd(0.05),
      epochs: 2,
      batchSize: 32,
      validation: 0.2,
    }
    const [one, two] = [await runInParts(given), await runInParts(given, [], { threads: 2 })]
    expect(gap(two.last, one.last)).toBeLessThan(1e-4)
    expect(two.epochs).toMatchObject(one.epochs.map((event) => ({ epoch: (event as EpochEvent).epoch })))
    const other = await runInParts({ ...given, seed: 1 })
    expect(distance(other.last, one.last)).toBeGreaterThan(1)
    // With as many threads it is the same run to the bit.
    expect((await runInParts(given)).last).toEqual(one.last)
  })
})
