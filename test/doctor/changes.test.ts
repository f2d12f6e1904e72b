import { describe, expect, it } from 'vitest'
import { applyChange, diagnose, firstTrial, RunHistory, tryChange } from '../../src/doctor/index.ts'
import { fit, init, losses, nn, optim, type Recipe, schedules } from '../../src/node.ts'
import { digits, eventsOf, mlp } from './support.ts'

const recipe: Recipe = {
  data: digits,
  model: mlp(nn.tanh),
  optimizer: optim.sgd(0.1, { momentum: 0.9 }),
  batchSize: 32,
  epochs: 4,
}
const info = { inputShape: digits.inputShape }

/** Parameters by name, with the rate and the loss of the first step: what a recipe comes to. */
async function startOf(recipe: Recipe) {
  const events = await (async () => {
    const seen: Parameters<NonNullable<NonNullable<Parameters<typeof fit>[1]>['sinks']>[number]>[0][] = []
    await fit(recipe, { threads: 1, maxSteps: 2, sinks: [(event) => void seen.push(event)] })
    return seen
  })()
  const start = events.find((event) => event.type === 'start')!
  const step = events.find((event) => event.type === 'step')!
  return { start, step }
}

describe('applyChange', () => {
  it.each([
    [{ rateFactor: 0.1 }, 'rates', [0.01, 0.01, 0.01, 0.01, 0.01]],
    [{ batchSize: 128 }, 'batchSize', 128],
    [{ shuffle: false }, 'shuffle', false],
    [{ augment: 'shift' }, 'augment', ['randomCrop']],
    [{ patience: 3 }, 'hooks', ['earlyStopping']],
    [{ balance: 'oversample' }, 'sampling', 'oversample'],
    [{ labelSmoothing: 0.1 }, 'loss', { name: 'crossEntropy', args: [{ labelSmoothing: 0.1 }] }],
  ])('%o', async (change, field, expected) => {
    const { recipe: changed, left } = applyChange(recipe, change, info)
    expect(left).toEqual([])
    const { start } = await startOf(changed)
    expect(start.recipe![field as 'rates']).toEqual(
      Array.isArray(expected) && typeof expected[0] === 'number'
        ? expected.map((x) => expect.closeTo(x as number, 9))
        : expected,
    )
  })

  it('adds decay and clipping where they belong, and replaces what is there', async () => {
    const once = applyChange(recipe, { weightDecay: 1e-3, clip: 1 }, info).recipe
    const twice = applyChange(once, { weightDecay: 1e-2 }, info).recipe
    expect(twice.optimizer.links.map(({ name }) => name)).toEqual([
      'addDecay',
      'clipByGlobalNorm',
      'momentum',
      'byRate',
    ])
    expect(twice.optimizer.links[0]!.args).toEqual([1e-2])
    expect(twice.optimizer.name).toBe('sgd')
    const adam = applyChange({ ...recipe, optimizer: optim.adam(1e-3) }, { weightDecay: 1e-3 }, info).recipe
    expect(adam.optimizer.links.map(({ name }) => name)).toEqual(['scaleByAdam', 'decoupledDecay', 'byRate'])
  })

  it('keeps the names of parameters, and the first values of those that it does not change', async () => {
    const names = async (change: object) => {
      const { start } = await startOf(applyChange(recipe, change as never, info).recipe)
      return start.weights!.map(({ name, std }) => ({ name, std }))
    }
    const plain = await names({})
    expect(await names({ dropout: 0.5 })).toEqual(plain)
    expect(await names({ activation: 'relu' })).toEqual(plain)
    expect(await names({ normalization: 'batchNorm' })).toEqual(plain)
    const small = { ...recipe, model: mlp(nn.tanh, { init: init.normal(1e-3) }) }
    const { start } = await startOf(applyChange(small, { init: 'kaiming' }, info).recipe)
    for (const { name, shape, std } of start.weights!) {
      expect(std / Math.sqrt(2 / shape[1]!), name).toBeGreaterThan(0.85)
      expect(std / Math.sqrt(2 / shape[1]!), name).toBeLessThan(1.15)
    }
  })

  it('changes layers: dropout, norms, activations, what comes last', async () => {
    const typesOf = async (model: nn.Layer, change: object) => {
      const { start } = await startOf(applyChange({ ...recipe, model }, change as never, info).recipe)
      return RunHistory.of([start]).layers.map(({ type }) => type)
    }
    expect(await typesOf(mlp(nn.tanh), { normalization: 'groupNorm', activation: 'relu' })).toEqual([
      'flatten',
      'linear',
      'groupNorm',
      'relu',
      'linear',
      'groupNorm',
      'relu',
      'linear',
    ])
    const model = nn.sequential(
      nn.flatten(),
      nn.linear(64, 32),
      nn.dropout(0.2),
      nn.batchNorm1d(32),
      nn.relu(),
      nn.linear(32, 10),
      nn.sigmoid(),
    )
    expect(await typesOf(model, { dropout: 'after-norms', output: 'logits' })).toEqual([
      'flatten',
      'linear',
      'identity',
      'batchNorm1d',
      'relu',
      'linear',
      'identity',
    ])
  })

  it('tells what it cannot do, and leaves the recipe as it was', () => {
    const before = { ...recipe }
    const own: Recipe = { ...recipe, optimizer: optim.sgd(schedules.cosine({ from: 0.1 })) }
    expect(applyChange(own, { schedule: 'cosine', folds: 5, rateFactor: 0.1 }, info).left).toEqual([
      'schedule',
      'folds',
    ])
    expect(applyChange({ ...recipe, loss: losses.hinge() }, { labelSmoothing: 0.1 }, info).left).toEqual([
      'labelSmoothing',
    ])
    expect(applyChange(recipe, { epochs: 'many' }, info).left).toEqual(['epochs'])
    expect(recipe).toEqual(before)
  })
})

describe('a counterfactual', () => {
  it('trains the first suggestion from the same start, and tells whether it helped', async () => {
    const hot: Recipe = { ...recipe, model: mlp(), optimizer: optim.sgd(2), epochs: 3 }
    const history = RunHistory.of(await eventsOf(hot))
    const trial = firstTrial(diagnose(history))!
    expect(trial.check).toBe('rate-too-high')
    expect(trial.change.rateFactor).toBeLessThanOrEqual(0.1)
    const { before, after, better, left } = await tryChange(hot, history, trial, { epochs: 2, threads: 1 })
    expect({ better, left, before: before.length, after: after.length }).toEqual({
      better: true,
      left: [],
      before: 3,
      after: 2,
    })
    expect(after.at(-1)!.validation!.accuracy).toBeGreaterThan(before[1]!.validation!.accuracy! + 0.3)
  })

  it('refuses what it cannot apply', async () => {
    const trial = { check: 'small-test', title: 'cross-validate', change: { folds: 5 } }
    await expect(tryChange(recipe, new RunHistory(), trial)).rejects.toThrow(
      'doctor: "cross-validate" cannot be applied',
    )
  })
})
