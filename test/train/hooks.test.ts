import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as nn from '../../src/nn/index.ts'
import { adam, sgd } from '../../src/optim/index.ts'
import { constant, cosine, warmup } from '../../src/schedules/index.ts'
import type { TrainEvent } from '../../src/train/events.ts'
import { fit } from '../../src/train/fit.ts'
import { defineHook, type EpochReport, type Hook, type HookProgress, runHooks } from '../../src/train/hook.ts'
import { earlyStopping, reduceOnPlateau } from '../../src/train/patience.ts'
import { checkRecipe, type Recipe } from '../../src/train/recipe/recipe.ts'
import { clouds, copyingKeeper, runInParts } from './pairs-support.ts'

const fixture = JSON.parse(readFileSync(new URL('../fixtures/plateau.json', import.meta.url), 'utf8')) as {
  losses: number[]
  accuracies: number[]
  cases: Record<string, number[]>
}

const reportOf = (epoch: number, scores: { loss: number; accuracy?: number }): EpochReport => ({
  epoch,
  step: epoch * 10,
  train: { loss: 99 },
  validation: scores,
  best: false,
  rate: 1,
})

/** What the hook has made of the rate after each epoch with these losses. */
function factors(hook: Hook, losses: readonly number[]): number[] {
  const progress: HookProgress = {}
  return losses.map((loss, i) => {
    runHooks([hook], reportOf(i + 1, { loss }), progress)
    return progress.rateFactor ?? 1
  })
}

describe('reduceOnPlateau', () => {
  const ours: Record<string, Hook> = {
    'by 10': reduceOnPlateau({ patience: 3 }),
    'by 2, with cooldown': reduceOnPlateau({ by: 2, patience: 1, cooldown: 2, threshold: 0.01 }),
    'accuracy, by 5': reduceOnPlateau({ by: 5, patience: 2, watch: 'accuracy' }),
  }

  it.each(Object.entries(fixture.cases))('agrees with PyTorch over 60 epochs: %s', (name, expected) => {
    const progress: HookProgress = {}
    expected.forEach((rate, i) => {
      const scores = { loss: fixture.losses[i]!, accuracy: fixture.accuracies[i]! }
      runHooks([ours[name]!], reportOf(i + 1, scores), progress)
      expect((progress.rateFactor ?? 1) / rate).toBeCloseTo(1, 12)
    })
    expect(progress.rateFactor).toBeLessThan(0.3)
  })

  it('does not count the epochs of a warm-up', () => {
    const rising = [1, 2, 3, 4, 5, 6, 4, 4, 4, 4]
    expect(factors(reduceOnPlateau({ patience: 1, by: 2 }), rising)).toEqual([
      1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625,
    ])
    expect(factors(reduceOnPlateau({ patience: 1, by: 2, after: 5 }), rising)).toEqual([
      1, 1, 1, 1, 1, 1, 1, 1, 0.5, 0.5,
    ])
  })

  it('watches the training samples where there are no others, and says which score is missing', () => {
    const hook = reduceOnPlateau({ watch: 'accuracy' })
    const { validation: _, ...report } = reportOf(1, { loss: 1 })
    expect(runHooks([hook], { ...report, train: { loss: 1, accuracy: 0.5 } }, {})).toEqual([])
    expect(() => runHooks([hook], report, {})).toThrow(
      'reduceOnPlateau: the run has no accuracy\n  watch one of loss',
    )
  })
})

const EPOCH = 5
const recipe = (over: Partial<Recipe> = {}): Recipe => ({
  data: clouds(200),
  model: nn.sequential(nn.linear(6, 8), nn.relu(), nn.linear(8, 3)),
  optimizer: adam(0.02),
  epochs: 8,
  batchSize: 32,
  validation: 0.2,
  ...over,
})

async function eventsOf(recipe: Recipe): Promise<TrainEvent[]> {
  const events: TrainEvent[] = []
  await fit(recipe, { threads: 1, sinks: [(event) => void events.push(event)] })
  return events
}
const ratesOf = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === 'step' ? [event.rate] : []))
const noticesOf = (events: readonly TrainEvent[]) =>
  events.flatMap((event) => (event.type === 'notice' ? [event.message] : []))

/** Nothing is ever better by so much, so the rate falls every two epochs. */
const impatient = () => reduceOnPlateau({ by: 2, patience: 0, threshold: 10, after: 2 })

describe('in training', () => {
  it('plateau x warm-up x cosine: the factor multiplies what the schedule says', async () => {
    const schedule = warmup({ epochs: 2 }).andThen(cosine())
    const free = ratesOf(await eventsOf(recipe({ schedule })))
    const events = await eventsOf(recipe({ schedule, hooks: [impatient()] }))
    ratesOf(events).forEach((rate, step) => {
      const reductions = Math.max(0, Math.floor(step / EPOCH) - 3)
      expect(rate).toBeCloseTo(free[step]! / 2 ** reductions, 12)
    })
    expect(noticesOf(events)).toContain('no better loss for 1 epoch: the learning rate is divided by 2')
    const rates = events.flatMap((event) => (event.type === 'epoch' ? [event.rate] : []))
    expect(rates).toEqual(ratesOf(events).filter((_, step) => step % EPOCH === EPOCH - 1))
  })

  it('the factor reaches the update: a run with it equals one with the schedule that it comes to', async () => {
    const hooked = await fit(recipe({ optimizer: sgd(0.2), hooks: [impatient()] }), { threads: 1 })
    const halves = (step: number) => 0.2 / 2 ** Math.max(0, Math.floor(step / EPOCH) - 3)
    const planned = await fit(recipe({ optimizer: sgd(halves) }), { threads: 1 })
    expect(hooked.tensors).toEqual(planned.tensors)
    expect(hooked.progress.rateFactor).toBe(1 / 32)
  })

  it('plateau x resume: the state goes through checkpoints to the same bits', async () => {
    const make = () =>
      recipe({ hooks: [impatient(), earlyStopping({ patience: 5, threshold: 10 })], epochs: 12 })
    const whole = await runInParts(make())
    expect(whole.epochs.length).toBe(7)
    for (const stops of [[3 * EPOCH], [4 * EPOCH + 2], [2, 3 * EPOCH + 1, 5 * EPOCH]]) {
      const parts = await runInParts(make(), stops)
      expect({ ...parts, epochs: 0 }, `stopped at ${stops}`).toEqual({ ...whole, epochs: 0 })
    }
  })

  it('early stopping ends the run with the best weights, and a resumption does not go on', async () => {
    const keeper = copyingKeeper()
    const diverging = recipe({
      optimizer: sgd(0.1),
      schedule: (step) => (step < 2 * EPOCH ? 0.1 : 20),
      hooks: [earlyStopping({ patience: 1 })],
      epochs: 50,
    })
    const events: TrainEvent[] = []
    const sinks = [(event: TrainEvent) => void events.push(event)]
    const { progress, outcome, tensors } = await fit(diverging, { threads: 1, keeper, sinks })
    expect(outcome).toBe('finished')
    expect(progress).toMatchObject({ epoch: 4, stoppedBy: 'earlyStopping', best: { epoch: 2 } })
    expect(noticesOf(events)).toEqual(['no better loss for 2 epochs: training ends early'])
    expect(tensors.get('0.weight')!.data).toEqual(keeper.held.best!.tensors.get('0.weight')!.data)
    const again = await fit(diverging, { threads: 1, keeper, resume: keeper.held.last })
    expect(again.progress.step).toBe(progress.step)
  })

  it("a hook of one's own sees every epoch and keeps its state", async () => {
    const stopAt = defineHook('stopAt', (accuracy: number) => ({
      state: { seen: 0 },
      afterEpoch: ({ validation }, { seen }: { seen: number }) => ({
        state: { seen: seen + 1 },
        stop: validation!.accuracy! >= accuracy,
      }),
    }))
    const { progress } = await fit(recipe({ hooks: [stopAt(0.5)], epochs: 30 }), { threads: 1 })
    expect(progress.hooks).toEqual({ stopAt: { seen: progress.epoch } })
    expect(progress).toMatchObject({ stoppedBy: 'stopAt' })
  })

  it('accumulation equals the larger batch', async () => {
    const whole = await fit(recipe({ epochs: 2 }), { threads: 1 })
    const parts = await fit(recipe({ epochs: 2, accumulate: 4 }), { threads: 1 })
    expect(parts.test.loss).toBeCloseTo(whole.test.loss, 5)
    for (const [name, { data }] of whole.tensors)
      parts.tensors.get(name)!.data.forEach((x, i) => {
        expect(x).toBeCloseTo(Number(data[i]), 4)
      })
  })
})

describe('bad options', () => {
  const cases: [string, () => unknown, string][] = [
    ['by 1', () => reduceOnPlateau({ by: 1 }), 'reduceOnPlateau: expected a divisor (`by`) above 1, got 1'],
    [
      'half an epoch',
      () => earlyStopping({ patience: 0.5 }),
      'earlyStopping: expected patience, a whole number of epochs, 0 or more, got 0.5',
    ],
    [
      'another score',
      () => earlyStopping({ watch: 'f1' as 'loss' }),
      "earlyStopping: expected watch: 'loss' or 'accuracy', got f1",
    ],
    [
      'a negative threshold',
      () => reduceOnPlateau({ threshold: -1 }),
      'reduceOnPlateau: expected a threshold, 0 or more, got -1',
    ],
    [
      'a misspelled option',
      () => reduceOnPlateau({ cooldwn: 1 } as object),
      'unknown option of reduceOnPlateau "cooldwn"; did you mean "cooldown"?',
    ],
    [
      'two hooks of one name',
      () => checkRecipe(recipe({ hooks: [earlyStopping(), earlyStopping({ patience: 3 })] })),
      'hooks: expected hooks of different names',
    ],
    [
      'no hook',
      () => checkRecipe(recipe({ hooks: [constant(1) as unknown as Hook] })),
      'expected a hook, got a function; make one with reduceOnPlateau()',
    ],
    [
      'a factor of 0',
      () =>
        runHooks(
          [{ name: 'zero', state: {}, afterEpoch: (_, state) => ({ state, rateFactor: 0 }) }],
          reportOf(1, { loss: 1 }),
          {},
        ),
      'hook "zero": expected a factor of the rate above 0, got 0',
    ],
  ]
  it.each(cases)('%s', (_, make, message) => {
    expect(make).toThrow(message)
  })
})
