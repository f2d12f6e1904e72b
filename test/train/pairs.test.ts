import { describe, expect, it } from 'vitest'
import { splitValidation } from '../../src/data/index.ts'
import * as nn from '../../src/nn/index.ts'
import { adam, sgd } from '../../src/optim/index.ts'
import type { EpochEvent, TrainEvent } from '../../src/train/events.ts'
import { fit } from '../../src/train/fit.ts'
import type { Recipe } from '../../src/train/recipe/recipe.ts'
import { clouds, copied, copyingKeeper, laboratory, runInParts } from './pairs-support.ts'

const data = clouds(200)
const dense = (...middle: nn.Layer[]) => nn.sequential(nn.linear(6, 8), ...middle, nn.relu(), nn.linear(8, 3))
const recipe = (over: Partial<Recipe> = {}): Recipe => ({
  data,
  model: dense(),
  optimizer: adam(1e-2),
  epochs: 3,
  batchSize: 32,
  validation: 0.2,
  ...over,
})

/** Steps of an epoch: 160 samples are left for training. */
const EPOCH = 5

describe('max-steps x resume', () => {
  it('comes to the same bits wherever it was stopped', async () => {
    const whole = await runInParts(recipe())
    for (const stops of [[1], [EPOCH], [EPOCH + 2], [3, EPOCH, 2 * EPOCH + 4]]) {
      const parts = await runInParts(recipe(), stops)
      expect({ ...parts, epochs: 0 }, `stopped at ${stops}`).toEqual({ ...whole, epochs: 0 })
      // What is left of the story is the end of the whole one.
      expect(parts.epochs).toEqual(whole.epochs.slice(whole.epochs.length - parts.epochs.length))
    }
  })

  it('does not let a part of an epoch compete with whole ones, even if it is better', async () => {
    // The rate grows until training falls apart, so that the first epoch stays the best.
    const growing = recipe({ optimizer: sgd(0.05), schedule: (step) => (step < EPOCH + 2 ? 0.05 : 100) })
    const whole = await runInParts(growing)
    expect(whole.bestEpoch).toBe(1)
    const keeper = copyingKeeper()
    const stopped = await fit(growing, { threads: 1, keeper, maxSteps: EPOCH + 2 })
    expect(stopped.progress).toMatchObject({ epoch: 1, batch: 2, best: { epoch: 1 } })
    expect(keeper.held.best!.tensors).toEqual(whole.best)
    const { epochs } = await runInParts(growing, [], { maxSteps: EPOCH + 2 })
    const [first, part] = epochs as EpochEvent[]
    expect([first, part]).toMatchObject([{ best: true }, { epoch: 2, batch: 2, best: false }])
    expect(part!.validation!.loss).toBeLessThan(first!.validation!.loss)
    expect(await runInParts(growing, [EPOCH + 2])).toMatchObject({ best: whole.best, test: whole.test })
  })

  it('has a result when it stops within the first epoch, and forgets it when it goes on', async () => {
    const keeper = copyingKeeper()
    const stopped = await fit(recipe(), { threads: 1, keeper, maxSteps: 2 })
    expect(stopped.progress).toMatchObject({ epoch: 0, batch: 2, best: { epoch: 1 } })
    expect(keeper.held.best!.tensors).toEqual(keeper.held.last!.tensors)
    for (const kind of ['last', 'best'] as const) {
      expect(keeper.held[kind]!.state.progress).toMatchObject({ step: 2, epoch: 0, batch: 2 })
      expect(keeper.held[kind]!.state.progress).not.toHaveProperty('best')
    }
    // From either checkpoint the run goes on within the epoch.
    const whole = await fit(recipe(), { threads: 1 })
    for (const kind of ['last', 'best'] as const) {
      const { tensors } = await fit(recipe(), { threads: 1, resume: keeper.held[kind] })
      expect(tensors, kind).toEqual(whole.tensors)
    }
  })

  it('keeps the newest weights where there is nothing to choose by', async () => {
    const blind = recipe({ validation: 0 })
    const keeper = copyingKeeper()
    const { tensors } = await fit(blind, { threads: 1, keeper, maxSteps: EPOCH + 3 })
    expect([...tensors]).toEqual([...keeper.held.last!.tensors].slice(0, tensors.size))
    expect(await runInParts(blind, [EPOCH + 3])).toMatchObject({ best: (await runInParts(blind)).best })
  })
})

/** Layers that do something else in evaluation than in training. */
const moody = { 'batch norm': () => nn.batchNorm1d(8), dropout: () => nn.dropout(0.4) }

describe.each(Object.entries(moody))('%s x evaluation x resume', (_, make) => {
  const model = dense(make())

  it('comes to the same bits after a resumption', async () => {
    const given = recipe({ model })
    const whole = await runInParts(given)
    expect({ ...(await runInParts(given, [2, EPOCH + 1])), epochs: 0 }).toEqual({ ...whole, epochs: 0 })
  })

  it('trains to the same bits with and without evaluations between its steps', async () => {
    const [quiet, watched] = [await laboratory(data, model), await laboratory(data, model)]
    await quiet.train(0, 4)
    for (let at = 0; at < 4; at++) {
      await watched.train(at, at + 1)
      const before = copied(watched.tensors)
      await watched.evaluate(watched.batches(50, 16))
      expect(watched.tensors).toEqual(before)
    }
    expect(watched.tensors).toEqual(quiet.tensors)
  })

  it('evaluates the same every time, with any batch size, down to one sample at the end', async () => {
    const { train, evaluate, batches } = await laboratory(data, model)
    await train(0, 4)
    const scores = await evaluate(batches(50, 50))
    expect(await evaluate(batches(50, 50))).toEqual(scores)
    for (const size of [1, 7, 32, 49, 64]) {
      const { loss, accuracy } = await evaluate(batches(50, size))
      expect(loss, `batches of ${size}`).toBeCloseTo(scores.loss, 6)
      expect(accuracy, `batches of ${size}`).toBe(scores.accuracy)
    }
  })
})

describe('small last batch x batch norm', () => {
  it('a last batch of one sample, of which there are no statistics, is left out of training', async () => {
    const uneven = { ...recipe({ model: dense(nn.batchNorm1d(8)) }), data: clouds(201) }
    const events = (await runInParts(uneven)).epochs as EpochEvent[]
    expect(events.map(({ batches }) => batches)).toEqual([EPOCH, EPOCH, EPOCH])
    expect(splitValidation(uneven.data.train, { fraction: 0.2, seed: 0 }).train.length % 32).toBe(1)
  })

  it('trains on all samples at once if the batch is larger than the data', async () => {
    const { epochs } = await runInParts(recipe({ batchSize: 1000 }))
    expect(epochs).toMatchObject([{ batches: 1 }, { batches: 1 }, { batches: 1 }])
  })

  it('says that the batch is smaller than asked for', async () => {
    const messages: string[] = []
    const note = (event: TrainEvent) => {
      if (event.type === 'notice') messages.push(event.message)
    }
    await fit(recipe({ batchSize: 1000, epochs: 1 }), { sinks: [note] })
    expect(messages).toEqual([expect.stringMatching(/^batch size \d+ instead of 1000: there are no more/)])
    await fit(recipe({ epochs: 1 }), { sinks: [note] })
    expect(messages).toHaveLength(1)
  })
})
