import { describe, expect, it } from 'vitest'
import * as nn from '../../src/nn/index.ts'
import { adam, sgd } from '../../src/optim/index.ts'
import type { EpochEvent } from '../../src/train/events.ts'
import { fit } from '../../src/train/fit.ts'
import type { Recipe } from '../../src/train/recipe.ts'
import { clouds, copyingKeeper, runInParts } from './pairs-support.ts'

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
    expect([first, part]).toMatchObject([{ best: true }, { epoch: 2, batches: 2, best: false }])
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
