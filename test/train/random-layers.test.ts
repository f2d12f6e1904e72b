import { describe, expect, it } from 'vitest'
import { cloneTensor, Random, type Tensor } from '../../src/core/index.ts'
import * as nn from '../../src/nn/index.ts'
import { adam } from '../../src/optim/index.ts'
import { createTrainStep } from '../../src/train/step/step.ts'

/** Every kind of draw. */
const model = nn.sequential(
  nn.inputDropout(),
  nn.residual(nn.sequential(nn.conv2d(2, 2, 3, { padding: 1 }), nn.stochasticDepth(0.8))),
  nn.spatialDropout(0.3),
  nn.fractionalMaxPool2d(Math.SQRT2, { order: 'random' }),
  nn.fractionalMaxPool2d(1.5, { overlapping: false }),
  nn.flatten(),
  nn.dropConnect(nn.linear(18, 8), 0.4),
  nn.plainDropout(0.2),
  nn.linear(8, 3),
)

type Tensors = Map<string, Tensor>

const copied = (tensors: ReadonlyMap<string, Tensor>): Tensors =>
  new Map([...tensors].map(([name, held]) => [name, cloneTensor(held)]))

/** Makes a step over tensors of its own; `train` runs some steps, each on a batch of its own. */
async function start(
  options: { seed?: number; threads?: number; from?: { tensors: Tensors; state: Tensors } } = {},
) {
  const { seed = 5, threads = 1, from } = options
  const tensors = from ? copied(from.tensors) : nn.initialize(model, 1)
  const step = await createTrainStep({
    model,
    loss: nn.losses.crossEntropy(),
    inputShape: [2, 6, 6],
    batchSize: 4,
    optimizer: adam(1e-2),
    horizon: { steps: 10, stepsPerEpoch: 5 },
    seed,
    threads,
    tensors,
    state: from && copied(from.state),
  })
  return {
    tensors,
    step,
    state: step.state as Tensors,
    async train(first: number, last: number) {
      for (let number = first; number < last; number++) {
        const random = new Random('batch', number)
        step.inputs.data.forEach((_, i) => {
          step.inputs.data[i] = random.normal()
        })
        ;(step.targets.data as Int32Array).set([0, 1, 2, number % 3])
        await step.run(number)
      }
    },
    draws: () => Object.entries(step.feeds).filter(([name]) => name.startsWith('random:')),
  }
}

describe('a model whose layers draw', () => {
  it('comes to the same bits when it goes on from where it stopped', async () => {
    const [whole, first] = [await start(), await start()]
    await whole.train(0, 6)
    await first.train(0, 3)
    const rest = await start({ from: first })
    await rest.train(3, 6)
    expect(rest.tensors).toEqual(whole.tensors)
    expect(rest.state).toEqual(whole.state)
  })

  it('draws by seed, step and layer alone, whatever the number of threads', async () => {
    const [one, two, other] = [await start(), await start({ threads: 2 }), await start({ seed: 6 })]
    await one.train(0, 3)
    await two.train(2, 3)
    await other.train(2, 3)
    expect(one.draws().map(([name]) => name)).toEqual([
      'random:0:0',
      'random:0:1.body.1',
      'random:0:2',
      'random:0:3',
      'random:1:3',
      'random:0:4',
      'random:1:4',
      'random:0:6',
      'random:0:7',
    ])
    expect(two.draws()).toEqual(one.draws())
    const changed = one.draws().filter(([name, { data }]) => {
      const [, theirs] = other.draws().find(([key]) => key === name)!
      return String(theirs.data) !== String(data)
    })
    expect(changed.length).toBeGreaterThan(6) // few numbers may agree by chance
  })

  it('draws anew in each step and at each place', async () => {
    const run = await start()
    await run.train(0, 1)
    const before = run.draws().map(([name, { data }]) => [name, String(data)] as const)
    await run.train(1, 2)
    const after = new Map(run.draws().map(([name, { data }]) => [name, String(data)]))
    expect(before.filter(([name, data]) => after.get(name) !== data).length).toBeGreaterThan(6)
  })
})
