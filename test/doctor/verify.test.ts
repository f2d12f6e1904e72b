import { describe, expect, it } from 'vitest'
import { measured } from '../../src/doctor/verify/check.ts'
import { type VerifyEvent, verify, verifyNames } from '../../src/doctor/verify/index.ts'
import {
  chain,
  data,
  defineLayer,
  groups,
  init,
  losses,
  nn,
  ops,
  optim,
  type Recipe,
} from '../../src/node.ts'
import { findingsOf, healthy } from './verify-support.ts'

const mlp = (...between: nn.Layer[]) =>
  nn.sequential(nn.flatten(), nn.linear(64, 32), ...between, nn.relu(), nn.linear(32, 10))

describe('a recipe that is as it should be', () => {
  it('passes every check, which says so with numbers, and is not changed', async () => {
    const events: VerifyEvent[] = []
    const before = JSON.stringify(healthy)
    const { findings, passed } = await verify(healthy, { threads: 1, watch: (event) => events.push(event) })
    expect(findings.map(({ check }) => check)).toEqual(verifyNames)
    expect(findings.filter(({ severity }) => severity !== 'fine')).toEqual([])
    expect(passed).toBe(true)
    expect(JSON.stringify(healthy)).toBe(before)
    expect(events[0]).toMatchObject({ type: 'start', data: 'digits', model: 'sequential', parameters: 2746 })
    expect(events.filter(({ type }) => type === 'finding')).toHaveLength(verifyNames.length)
    for (const { evidence } of findings) expect(JSON.parse(JSON.stringify(evidence))).toEqual(evidence)
  })

  it('expects the loss of equal scores: ln C, (C - 1) margin of the hinge, and so on', async () => {
    const expected = async (loss: Recipe['loss']) =>
      (await findingsOf({ loss }, 'initial-loss'))['initial-loss']!.evidence
    expect(await expected(undefined)).toMatchObject({ expected: measured(Math.log(10)) })
    expect(await expected(losses.hinge())).toMatchObject({ expected: 9 })
    expect(await expected(losses.crossEntropy({ labelSmoothing: 0.2 }))).toMatchObject({
      expected: measured(Math.log(10)),
    })
    expect(await expected(losses.focal())).toMatchObject({ expected: 1.865 })
  })

  it('has a penalty of lambda / 2 |w|^2 for L2, lambda |w| for L1, and none for decay apart from the loss', async () => {
    const model = nn.sequential(nn.flatten(), nn.linear(64, 10, { init: init.constant(0.5) }))
    const penalty = async (optimizer: Recipe['optimizer']) =>
      (await findingsOf({ model, optimizer }, 'regularization')).regularization!
    const rate = optim.byRate(0.1)
    expect((await penalty(chain(optim.addDecay(0.1), rate))).evidence).toMatchObject({ penalty: 8 })
    expect((await penalty(chain(optim.addL1(0.01), rate))).evidence).toMatchObject({ penalty: 3.2 })
    expect((await penalty(chain(optim.addElasticNet(0.01), rate))).evidence).toMatchObject({ penalty: 2 })
    const halved = groups([{ match: '*', decay: 0.5, rate: 0.1 }])
    expect((await penalty(chain(halved, optim.addDecay(0.1), rate))).evidence).toMatchObject({ penalty: 4 })
    expect(await penalty(optim.adamw(1e-3))).toMatchObject({
      severity: 'fine',
      title: 'weights decay apart from the loss',
      evidence: { penalty: 0, apart: ['decoupledDecay'] },
    })
  })
})

describe('models with layers of every kind pass', () => {
  const rows = defineLayer('rows', () => ({ forward: (x) => ops.reshape(x, [x.shape[0]!, 8, 8]) }))
  const last = defineLayer('last', () => ({
    forward: (x) => ops.squeeze(ops.slice(x, { starts: 7, axes: 1 }), [1]),
  }))
  const block = () =>
    nn.residual(
      nn.sequential(
        nn.conv2d(8, 8, 3, { padding: 1, bias: false }),
        nn.batchNorm2d(8),
        nn.relu(),
        nn.conv2d(8, 8, 3, { padding: 1, bias: false }),
        nn.batchNorm2d(8),
      ),
    )
  const models: [string, Recipe['model']][] = [
    ['a linear model', nn.sequential(nn.flatten(), nn.linear(64, 10))],
    [
      'residual blocks',
      nn.sequential(
        nn.conv2d(1, 8, 3, { padding: 1 }),
        block(),
        block(),
        nn.globalAvgPool(),
        nn.flatten(),
        nn.linear(8, 10),
      ),
    ],
    [
      'dropout of every kind',
      mlp(
        nn.plainDropout(0.4),
        nn.stochasticDepth(0.7),
        nn.monteCarlo(nn.dropout(0.2), { average: 'outputs' }),
      ),
    ],
    ['an LSTM over the rows', nn.sequential(rows(), nn.lstm(8, 16), last(), nn.linear(16, 10))],
    ['a head that starts at 0', nn.sequential(mlp(), nn.linear(10, 10, { init: init.zeros }))],
  ]
  it.each(models)('%s', async (_, model) => {
    const { findings } = await verify({ ...healthy, model }, { threads: 1 })
    expect(findings.filter(({ severity }) => severity !== 'fine')).toEqual([])
  })
})

describe('a planted bug is found', () => {
  const softmax = defineLayer('softmaxLayer', () => ({ forward: (x) => ops.softmax(x, 1) }))
  const sigmoid = defineLayer('sigmoidLayer', () => ({ forward: (x) => ops.sigmoid(x) }))

  it('softmax before cross-entropy', async () => {
    const found = await findingsOf({ model: nn.sequential(mlp(), softmax()) }, 'outputs', 'overfit')
    expect(found.outputs).toMatchObject({
      severity: 'problem',
      title: 'the model ends with probabilities (softmax), but crossEntropy takes scores',
      suggestions: [{ title: 'leave the softmax at the end of the model out' }],
    })
    // ln(1 + 9 / e): the least that probabilities can reach
    expect(found.outputs!.evidence).toMatchObject({ leastLossOfProbabilities: 1.461 })
    expect(found.overfit).toMatchObject({ severity: 'problem' })
  })

  it('a sigmoid, or a ReLU, at the end', async () => {
    const at = async (last: nn.Layer) =>
      (await findingsOf({ model: nn.sequential(mlp(), last) }, 'outputs')).outputs
    expect(await at(sigmoid())).toMatchObject({ severity: 'problem', title: /\(sigmoid\)/ as never })
    expect(await at(nn.relu())).toMatchObject({ severity: 'warning' })
  })

  it('a layer that mixes the batch', async () => {
    const centered = defineLayer('centered', () => ({
      forward: (x) => ops.sub(x, ops.mean(x, { axes: 0, keepDims: true })),
    }))
    const { 'batch-mixing': found } = await findingsOf({ model: mlp(centered()) }, 'batch-mixing')
    expect(found).toMatchObject({
      severity: 'problem',
      title: 'predictions depend on the other samples of the batch, from centered "2" on',
    })
  })

  it('an operator without a slope', async () => {
    const quantized = defineLayer('quantized', () => ({ forward: (x) => ops.floor(x) }))
    const found = await findingsOf({ model: mlp(quantized()) }, 'gradients')
    expect(found.gradients).toMatchObject({
      severity: 'problem',
      title: 'no gradient reaches 1.weight, 1.bias, although the loss depends on them',
      evidence: { layer: 'quantized "2"' },
    })
  })

  it('half of a layer without a slope', async () => {
    const half = defineLayer('half', () => ({
      forward: (x) => {
        const [a, b] = ops.split(x, 2, { axis: 1 })
        return ops.concat([a!, ops.floor(b!.mul(8)).mul(1 / 8)], { axis: 1 })
      },
    }))
    const found = await findingsOf({ model: mlp(half()) }, 'gradients')
    expect(found.gradients).toMatchObject({
      severity: 'warning',
      title: 'what goes through Floor in 2 gets no gradient',
    })
  })

  it('the wrong number of outputs', async () => {
    const { passed, findings } = await verify({
      ...healthy,
      model: nn.sequential(nn.flatten(), nn.linear(64, 12)),
    })
    expect(passed).toBe(false)
    expect(findings).toMatchObject([
      {
        check: 'recipe',
        severity: 'problem',
        title: 'the model gives scores of 12 classes, but digits has 10',
        suggestions: [{ title: 'end the model with nn.linear(features, 10)' }],
      },
    ])
  })

  it('inputs as they are', async () => {
    const { inputRange, classes, ...digits } = await data.digits()
    const bright = (split: data.Split) => ({
      ...split,
      inputs: Float32Array.from(split.inputs as Uint8Array, (value) => value * 16),
    })
    const [train, test] = [bright(digits.train), bright(digits.test)] as never[]
    const loud = data.makeDataset({ name: 'loud', train: train!, test: test!, inputRange, classes } as never)
    const found = await findingsOf({ data: loud, preprocess: data.raw(), model: mlp() }, 'inputs')
    expect(found.inputs).toMatchObject({
      severity: 'problem',
      title: 'inputs are not standardized: mean 78, standard deviation 96.2',
      suggestions: [{ change: { preprocess: 'standardize' } }],
    })
    const standardized = await findingsOf({ data: loud, model: mlp() }, 'inputs')
    expect(standardized.inputs).toMatchObject({ severity: 'fine' })
  })

  it('weights that all start at 0, or all alike', async () => {
    const start = (initializer: nn.Initializer) =>
      nn.sequential(
        nn.flatten(),
        nn.linear(64, 32, { init: initializer }),
        nn.relu(),
        nn.linear(32, 10, { init: initializer }),
      )
    const unitsOf = async (initializer: nn.Initializer) =>
      (await findingsOf({ model: start(initializer) }, 'units')).units
    expect(await unitsOf(init.zeros)).toMatchObject({
      severity: 'problem',
      evidence: { alike: ['1.weight', '3.weight'] },
    })
    expect(await unitsOf(init.constant(0.1))).toMatchObject({
      severity: 'problem',
      title: 'all units of 1.weight are the same and stay so',
    })
  })
})
