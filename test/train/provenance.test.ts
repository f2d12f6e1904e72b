import { describe, expect, it } from 'vitest'
import type { GradusError, Tensor } from '../../src/core/index.ts'
import { constant } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { add, div, exp, log, relu, sqrt, sub } from '../../src/ops/index.ts'
import { byRate, chain, defineTransform, sgd } from '../../src/optim/index.ts'
import type { FindingEvent, TrainEvent } from '../../src/train/events.ts'
import { fit } from '../../src/train/fit.ts'
import type { Recipe } from '../../src/train/recipe/recipe.ts'
import { explainNonFinite } from '../../src/train/step/provenance.ts'
import { clouds, copyingKeeper } from './pairs-support.ts'

const data = clouds(64)
const dense = (layer: nn.Layer) => nn.sequential(nn.linear(6, 8), layer, nn.linear(8, 3))

/** Adds 1 / count to the gradient, and counts down to 0. */
const countdown = defineTransform('countdown', (count: number) => ({
  state: { count },
  update: (g, { count }) => ({ update: add(g, div(1, count)), state: { count: sub(count, 1) } }),
}))

/** Trains until it fails: what was thrown, what was found, and the weights that were kept. */
async function failing(model: nn.Layer, more: Partial<Recipe> = {}) {
  const findings: FindingEvent[] = []
  const sinks = [
    (event: TrainEvent) => {
      if (event.type === 'finding') findings.push(event)
    },
  ]
  const keeper = copyingKeeper()
  const recipe: Recipe = {
    data,
    model,
    optimizer: sgd(0.1),
    epochs: 4,
    batchSize: 16,
    validation: 0,
    ...more,
  }
  const error: GradusError = await fit(recipe, { threads: 1, sinks, keeper }).then(
    () => expect.fail('expected a run that fails'),
    (error) => error,
  )
  expect(findings).toHaveLength(1)
  const [finding] = findings as [FindingEvent]
  expect(finding).toMatchObject({ check: 'non-finite', severity: 'problem' })
  return { error, finding, evidence: finding.evidence, kept: keeper.held.last!.tensors }
}

describe('numbers that are not finite', () => {
  it('on the way to the loss: the layer, its operator, and what went in', async () => {
    const shifted = nn.defineLayer('shiftedLog', () => ({ forward: (x) => log(sub(x, 100)) }))
    const { error, evidence, finding } = await failing(dense(shifted()))
    expect(error.message).toMatch(
      /^the loss became NaN in step 1\n {2}first not finite: the output of shiftedLog "1" \[16, 8\], by Log of\n {4}Sub in "1" \[16, 8\] in -10\d(\.\d+)? \.\. -9\d/,
    )
    expect(evidence).toMatchObject({
      ...{ phase: 'forward', operator: 'Log', layer: '1', type: 'shiftedLog', step: 1, shape: [16, 8] },
      inputs: [{ name: 'Sub in "1"', shape: [16, 8], min: expect.any(Number), max: expect.any(Number) }],
    })
    expect(finding.step).toBe(0)
    expect(finding.title).toContain('the output of shiftedLog "1" [16, 8], by Log')
  })

  it('in the loss itself, if the layers are fine', async () => {
    const loss = nn.defineLoss('logOfMean', () => ({
      task: 'regression' as const,
      targetDType: 'int32' as const,
      targetShape: ([n]) => [n!],
      apply: (output) => log(sub(relu(nn.losses.mse().apply(output, output)), 1)),
    }))
    const { evidence, error } = await failing(dense(nn.tanh()), { loss: loss() })
    expect(evidence).toMatchObject({ phase: 'forward', operator: 'Log', layer: '', step: 1 })
    expect(error.message).toContain('first not finite: a number [] in the loss, by Log of')
  })

  it('on the way back: before the parameters are spoiled', async () => {
    // The root has no slope at 0: 0 * Infinity.
    const root = nn.defineLayer('root', () => ({ forward: (x) => sqrt(relu(x)) }))
    const { error, evidence, kept } = await failing(dense(root()))
    expect(error.message).toMatch(
      /^the gradient of "0\.weight" is not finite in step 1\n {2}first not finite: the gradient \[16, 8\] on the way back through root "1", by \w+ of\n/,
    )
    expect(evidence).toMatchObject({ phase: 'backward', layer: '1', type: 'root', step: 1 })
    for (const { data } of kept.values()) expect(data.every((x) => Number.isFinite(Number(x)))).toBe(true)
  })

  it('with a batch that comes in parts', async () => {
    const root = nn.defineLayer('root', () => ({ forward: (x) => sqrt(relu(x)) }))
    const { evidence } = await failing(dense(root()), { accumulate: 4 })
    expect(evidence).toMatchObject({ phase: 'backward', layer: '1', shape: [4, 8] })
  })

  it('in the update: the parameter, and the state that it came from', async () => {
    const { error, evidence, finding } = await failing(dense(nn.tanh()), {
      optimizer: chain(countdown(2), byRate(0.1)),
    })
    expect(error.message).toMatch(
      /^the loss became NaN in step 4\n {2}"0\.weight" is not finite since the update of step 3\n/,
    )
    expect(evidence).toMatchObject({
      ...{ phase: 'update', operator: 'update', layer: '0', parameter: '0.weight', step: 3, rate: 0.1 },
      inputs: [
        { name: '0.weight', nonFinite: 1 },
        { name: 'optimizer/countdown/count/0.weight', shape: [8, 6], min: -1, max: -1 },
      ],
    })
    expect(finding.step).toBe(3)
    expect(finding.title).toBe(
      'the loss became NaN in step 4: "0.weight" is not finite since the update of step 3',
    )
  })

  it('in the last update before a checkpoint', async () => {
    const { error, evidence } = await failing(dense(nn.tanh()), {
      optimizer: chain(countdown(3), byRate(0.1)),
    })
    expect(error.message).toMatch(/^"0\.weight" is not finite after the update of step 4\n/)
    expect(evidence).toMatchObject({ phase: 'update', parameter: '0.weight', step: 4 })
  })

  it('in the inputs', async () => {
    const model = nn.linear(2, 3)
    const tensors = nn.initialize(model, 0)
    const inputs: Tensor = { dtype: 'float32', shape: [2, 2], data: Float32Array.of(1, Number.NaN, 2, 3) }
    const targets: Tensor = { dtype: 'int32', shape: [2], data: Int32Array.of(0, 1) }
    const options = { model, loss: nn.losses.crossEntropy(), inputShape: [2], batchSize: 2 }
    const failed = {
      step: 6,
      loss: Number.NaN,
      feeds: { inputs, targets },
      tensors,
      state: new Map(),
      rate: 1,
    }
    const { error, finding } = await explainNonFinite(options, failed)
    expect(error.message).toContain('first not finite: the inputs of the batch\n')
    expect(error.message).toContain('inputs [2, 2] in 1 .. 3, 25% not finite')
    expect(finding.evidence).toMatchObject({ phase: 'inputs', step: 7, inputs: [{ nonFinite: 0.25 }] })
  })

  it('is not confused by infinities that nothing comes of', async () => {
    // e^x takes ln 0 back, and no gradient asks for the way there.
    const masked = nn.defineLayer('masked', () => ({
      forward: (x) => add(x, exp(log(constant(new Array(8).fill(0))))),
    }))
    const shifted = nn.defineLayer('shiftedLog', () => ({ forward: (x) => log(sub(x, 100)) }))
    const model = nn.sequential(nn.linear(6, 8), masked(), nn.linear(8, 8), shifted(), nn.linear(8, 3))
    const { evidence } = await failing(model)
    expect(evidence).toMatchObject({ layer: '3', operator: 'Log' })
  })
})
