import { describe, expect, it } from 'vitest'
import { verify } from '../../src/doctor/verify/index.ts'
import { data, defineLayer, defineLoss, init, losses, nn, ops, optim } from '../../src/node.ts'
import { findingsOf, healthy, mlp } from './verify-support.ts'

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

  it('weights that are too small, too large, or right for another activation', async () => {
    const deep = (act: () => nn.Layer, depth: number, initializer?: nn.Initializer) => {
      const linear = (inputs: number) => nn.linear(inputs, 64, initializer ? { init: initializer } : {})
      const hidden = Array.from({ length: depth }, () => [linear(64), act()]).flat()
      return nn.sequential(nn.flatten(), ...hidden, nn.linear(64, 10))
    }
    const at = (model: nn.Layer) => findingsOf({ model }, 'scale', 'saturation')
    expect((await at(deep(nn.relu, 8, init.normal(0.01)))).scale).toMatchObject({
      severity: 'problem',
      title: /^activations vanish, from linear "3" on/ as never,
      suggestions: [{ change: { init: 'kaiming' } }, {}, {}],
    })
    expect((await at(deep(nn.relu, 8, init.normal(1)))).scale).toMatchObject({
      severity: 'problem',
      title: /^activations explode/ as never,
    })
    expect((await at(deep(nn.sigmoid, 10))).scale).toMatchObject({
      severity: 'problem',
      title: /^gradients vanish on their way back: .* from sigmoid "\d+" back$/ as never,
    })
    expect((await at(deep(nn.tanh, 6, init.normal(1)))).saturation).toMatchObject({
      severity: 'warning',
      title: /^tanh "2" and 5 more: up to 7\d.*% of the elements pass no gradient/ as never,
    })
    expect((await at(deep(nn.tanh, 6, init.xavierNormal()))).saturation).toMatchObject({ severity: 'fine' })
  })

  it('units that are dead, and inputs that make no difference', async () => {
    const lowered = defineLayer('lowered', () => ({ forward: (x) => ops.sub(x, 50) }))
    const dead = await findingsOf({ model: mlp(lowered()) }, 'saturation', 'dead-inputs', 'gradients')
    expect(dead.saturation).toMatchObject({ severity: 'problem', title: /^relu "3": up to 100%/ as never })
    expect(dead['dead-inputs']).toMatchObject({
      severity: 'problem',
      title: 'the outputs are the same for all samples',
    })
    expect(dead.gradients).toMatchObject({
      severity: 'warning',
      title: /^the loss does not depend on/ as never,
    })
  })

  it('evaluation that is not what was trained', async () => {
    const louder = defineLayer('louder', () => ({
      forward: (x, _self, context) => (context.training ? ops.mul(x, 3) : x),
    }))
    const { 'train-eval': found } = await findingsOf({ model: mlp(louder()) }, 'train-eval')
    expect(found).toMatchObject({
      severity: 'problem',
      title: /^evaluation gives other outputs than training, from louder "2" on/ as never,
    })
  })

  it('a loss that adds up, and one that starts too high', async () => {
    const { name: _, ...crossEntropy } = losses.crossEntropy()
    const summed = defineLoss('summed', () => ({
      ...crossEntropy,
      apply: (output, target) => ops.mul(crossEntropy.apply(output, target), output.shape[0]!),
    }))
    expect((await findingsOf({ loss: summed() }, 'labels')).labels).toMatchObject({
      severity: 'warning',
      title: 'summed adds up over the batch instead of taking the mean',
    })
    const loud = nn.sequential(mlp(), defineLayer('loud', () => ({ forward: (x) => ops.mul(x, 100) }))())
    expect((await findingsOf({ model: loud }, 'initial-loss'))['initial-loss']).toMatchObject({
      severity: 'problem',
    })
  })

  it('labels of one class, and a penalty that outweighs the loss', async () => {
    const digits = await data.digits()
    const train = { ...digits.train, labels: digits.train.labels.map(() => 3) }
    const { labels } = await findingsOf({ data: { ...digits, train } }, 'labels')
    expect(labels).toMatchObject({ severity: 'problem', title: 'all training samples are of one class' })
    const { regularization } = await findingsOf(
      { optimizer: optim.sgd(0.1, { weightDecay: 10 }) },
      'regularization',
    )
    expect(regularization).toMatchObject({
      severity: 'warning',
      suggestions: [{ change: { weightDecay: 5e-4 } }],
    })
  })

  it('a layer that is never called', async () => {
    const idle = defineLayer('idle', () => ({
      children: { used: nn.linear(64, 10), idle: nn.linear(3, 3) },
      forward: (x, { used }) => used(x),
    }))
    const { findings } = await verify({ ...healthy, model: nn.sequential(nn.flatten(), idle()) })
    expect(findings).toMatchObject([
      {
        check: 'recipe',
        severity: 'problem',
        title: '"1.idle.weight" is a parameter of a layer that is never called',
      },
    ])
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
