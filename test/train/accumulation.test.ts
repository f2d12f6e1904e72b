import { describe, expect, it } from 'vitest'
import { cloneTensor, Random, type Tensor } from '../../src/core/index.ts'
import * as nn from '../../src/nn/index.ts'
import { adam, chain, clipByGlobalNorm, groups, type Optimizer, sgd } from '../../src/optim/index.ts'
import { createTrainStep } from '../../src/train/step/step.ts'
import { trainingGraph } from '../../src/train/step/training-graph.ts'

const mlp = nn.sequential(nn.linear(6, 8), nn.dropout(0.4), nn.relu(), nn.linear(8, 3))
const convNet = nn.sequential(nn.conv2d(1, 2, 3), nn.batchNorm2d(2), nn.relu(), nn.flatten(), nn.linear(8, 3))

/** Trains a model on random batches of 12, in so many parts. */
async function train(
  model: nn.Layer,
  inputShape: readonly number[],
  options: { accumulate?: number; optimizer?: Optimizer; steps?: number; spoil?: number } = {},
) {
  const { accumulate, optimizer = adam(0.01), steps = 4, spoil } = options
  const tensors = nn.initialize(model, 1)
  const step = await createTrainStep({
    model,
    loss: nn.crossEntropy(),
    optimizer,
    accumulate,
    inputShape,
    batchSize: 12,
    horizon: {},
    seed: 3,
    tensors,
    threads: 1,
  })
  const results = []
  for (let at = 0; at < steps; at++) {
    const random = new Random('batch', at)
    for (let i = 0; i < step.inputs.data.length; i++) step.inputs.data[i] = random.normal()
    for (let i = 0; i < 12; i++) step.targets.data[i] = random.integer(3)
    if (spoil !== undefined) step.inputs.data[spoil] = Number.NaN
    results.push(await step.run(at))
  }
  return { tensors, results, step }
}

const copies = (tensors: ReadonlyMap<string, Tensor>) =>
  new Map([...tensors].map(([name, held]) => [name, cloneTensor(held)]))

function expectNear(found: ReadonlyMap<string, Tensor>, expected: ReadonlyMap<string, Tensor>): void {
  for (const [name, { data }] of expected) {
    found.get(name)!.data.forEach((x, i) => {
      expect(x, name).toBeCloseTo(Number(data[i]), 5)
    })
  }
}

describe('gradient accumulation', () => {
  const optimizers = { adam: adam(0.01), 'clipped sgd': chain(clipByGlobalNorm(0.2), sgd(0.3)) }

  it.each(
    Object.entries(optimizers).flatMap(([name, optimizer]) =>
      [2, 3, 12].map((parts) => [name, parts, optimizer] as const),
    ),
  )('%s in %i parts equals the whole batch, dropout included', async (_, accumulate, optimizer) => {
    const whole = await train(mlp, [6], { optimizer })
    const parts = await train(mlp, [6], { optimizer, accumulate })
    expectNear(parts.tensors, whole.tensors)
    parts.results.forEach(({ loss, correct }, i) => {
      expect(loss).toBeCloseTo(whole.results[i]!.loss, 5)
      expect(correct).toBe(whole.results[i]!.correct)
    })
    expect(parts.step.inputs.shape).toEqual([12, 6])
    expect(parts.step.graph.batchSize).toBe(12 / accumulate)
  })

  it('moves running statistics with each part', async () => {
    const once = await train(convNet, [1, 4, 4], { accumulate: 2, steps: 1, optimizer: sgd(1e-9) })
    const random = new Random('batch', 0)
    const inputs = Float32Array.from({ length: 12 * 16 }, () => random.normal())
    const means = [0, 1].map((part) => conv(inputs.subarray(part * 96, (part + 1) * 96), once.tensors))
    const running = once.tensors.get('1.running_mean')!.data
    means[0]!.forEach((first, channel) => {
      expect(running[channel]).toBeCloseTo(0.9 * (0.1 * first) + 0.1 * means[1]![channel]!, 5)
    })
  })

  /** The mean of each channel of the first convolution. */
  function conv(images: Float32Array, tensors: ReadonlyMap<string, Tensor>): number[] {
    const [weight, bias] = [tensors.get('0.weight')!.data, tensors.get('0.bias')!.data]
    return [0, 1].map((channel) => {
      let total = 0
      for (let n = 0; n < 6; n++)
        for (const at of [0, 1, 4, 5])
          for (let k = 0; k < 9; k++) {
            const x = images[n * 16 + at + Math.floor(k / 3) * 4 + (k % 3)]!
            total += x * Number(weight[channel * 9 + k])
          }
      return total / 24 + Number(bias[channel])
    })
  }

  it('changes nothing when the loss of a part is not finite', async () => {
    // The second of three parts is spoiled: the first has moved the statistics by then.
    const { tensors, results } = await train(convNet, [1, 4, 4], { accumulate: 3, steps: 1, spoil: 5 * 16 })
    expect(results[0]!.loss).toBeNaN()
    for (const [name, { data }] of nn.initialize(convNet, 1)) expect(tensors.get(name)!.data).toEqual(data)
  })

  it('fails when the batch does not divide', async () => {
    await expect(train(mlp, [6], { accumulate: 5 })).rejects.toThrow(
      'accumulate: expected a number of parts that divides the batch of 12, got 5',
    )
  })
})

describe('frozen parameters', () => {
  const frozen = chain(
    groups([
      { match: '0.*', freeze: true },
      { match: '1.*', freeze: true },
    ]),
    sgd(0.1),
  )

  it('have no gradient in the training graph, and nothing below them is computed for it', () => {
    const graph = (isFrozen: (name: string) => boolean) =>
      trainingGraph({
        model: convNet,
        loss: nn.crossEntropy(),
        inputShape: [1, 4, 4],
        batchSize: 4,
        frozen: isFrozen,
      })
    const some = graph((name) => name.startsWith('0.') || name.startsWith('1.'))
    expect(some.parameters).toEqual(['4.weight', '4.bias'])
    expect(some.graph.outputNames.filter((name) => name.startsWith('gradient:'))).toEqual([
      'gradient:4.weight',
      'gradient:4.bias',
    ])
    const all = graph(() => false)
    expect(some.graph.nodes.length).toBeLessThan(all.graph.nodes.length - 10)
  })

  it('stay, and so do the statistics of a norm whose parameters are all frozen', async () => {
    const { tensors } = await train(convNet, [1, 4, 4], { optimizer: frozen })
    const before = nn.initialize(convNet, 1)
    for (const [name, { data }] of before) {
      if (name.startsWith('4.')) expect(tensors.get(name)!.data, name).not.toEqual(data)
      else expect(tensors.get(name)!.data, name).toEqual(data)
    }
  })

  it('let a norm go on that is not frozen itself', async () => {
    const optimizer = chain(groups([{ match: '0.*', freeze: true }]), sgd(0.1))
    const { tensors } = await train(convNet, [1, 4, 4], { optimizer })
    const before = copies(nn.initialize(convNet, 1))
    expect(tensors.get('1.running_mean')!.data).not.toEqual(before.get('1.running_mean')!.data)
    expect(tensors.get('0.weight')!.data).toEqual(before.get('0.weight')!.data)
  })
})
