import { describe, expect, it } from 'vitest'
import { augmenter, cutMix, mixup, randomFlip, someOf, standard } from '../../src/augment/index.ts'
import { Random, tensor } from '../../src/core/index.ts'
import { makeDataset, makeSplit } from '../../src/data/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import * as nn from '../../src/nn/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { fit } from '../../src/train/fit.ts'
import type { Recipe } from '../../src/train/recipe/recipe.ts'
import { createTrainStep } from '../../src/train/step/step.ts'
import { augmented } from '../augment/support.ts'
import { runInParts } from './pairs-support.ts'

const COUNT = 12
const CLASSES = 3
const shape = [1, 6, 6]
const random = new Random('mixing')
const pictures = tensor(
  Float32Array.from({ length: COUNT * 36 }, () => random.normal()),
  [COUNT, ...shape],
)
const labels = Int32Array.from({ length: COUNT }, () => random.integer(CLASSES))
const samples = Uint32Array.from({ length: COUNT }, (_, i) => 5 + 2 * i)
const model = nn.sequential(nn.flatten(), nn.linear(36, CLASSES))
const occasion = { epoch: 2, samples }

/** The labels of a batch as an augmentation of one pass mixes them, [N, C]. */
function mixedLabels(augment: ReturnType<typeof augmenter>, own: (drawn: number[]) => number): number[][] {
  const numbers = augment.inputs(COUNT)[0]!.shape[1]!
  const drawn = new Float32Array(COUNT * numbers)
  augment.fill(0, occasion, drawn)
  return Array.from({ length: COUNT }, (_, row) => {
    const share = own([...drawn.subarray(row * numbers, (row + 1) * numbers)])
    const row2 = (row + 1) % COUNT
    return Array.from({ length: CLASSES }, (_, c) => {
      return (labels[row] === c ? share : 0) + (labels[row2] === c ? 1 - share : 0)
    })
  })
}

async function stepWith(list: Parameters<typeof augmenter>[0], loss: nn.Loss) {
  const augment = augmenter(list, { shape, seed: 1 })
  const tensors = nn.initialize(model, 1)
  const common = { model, loss, inputShape: shape, batchSize: COUNT, threads: 1 }
  const step = await createTrainStep({
    ...common,
    augment,
    optimizer: sgd(0.1),
    horizon: {},
    seed: 1,
    tensors,
  })
  step.inputs.data.set(pictures.data as Float32Array)
  ;(step.targets.data as Int32Array).set(labels)
  return { augment, result: await step.run(0, 1, occasion) }
}

/** The scores of the model for the mixed pictures. */
async function scoresOf(seen: readonly number[]): Promise<number[][]> {
  const x = input('x', [COUNT, ...shape])
  const { output, tensors } = nn.trace(model, x, { training: false })
  const program = await compileGraph(new Graph([x, ...tensors.values()], { y: output }), { threads: 1 })
  const weights = Object.fromEntries(nn.initialize(model, 1))
  const { y } = await program.call({ x: seen, ...weights })
  return Array.from({ length: COUNT }, (_, row) =>
    [...(y!.data as Float32Array)].slice(row * CLASSES, (row + 1) * CLASSES),
  )
}

describe('a step with mixed samples', () => {
  const cases = [
    { list: mixup({ alpha: 1 }), own: ([share]: number[]) => share! },
    { list: cutMix(), own: ([share]: number[]) => share! },
  ]

  it.each(cases)('$list.name: loss and accuracy are those of the mixed labels', async ({ list, own }) => {
    for (const smoothing of [0, 0.1]) {
      const loss = nn.losses.crossEntropy({ labelSmoothing: smoothing })
      const { augment, result } = await stepWith(list, loss)
      const seen = await augmented(list, pictures, { seed: 1, epoch: 2, samples: [...samples] })
      const [scores, wanted] = [await scoresOf(seen), mixedLabels(augment, own)]
      let [total, correct] = [0, 0]
      scores.forEach((row, i) => {
        const sum = Math.log(row.reduce((all, score) => all + Math.exp(score), 0))
        row.forEach((score, c) => {
          total -= ((1 - smoothing) * wanted[i]![c]! + smoothing / CLASSES) * (score - sum)
        })
        correct += wanted[i]![row.indexOf(Math.max(...row))]!
      })
      expect(result.loss).toBeCloseTo(total / COUNT, 5)
      expect(result.correct).toBeCloseTo(correct, 4)
    }
  })

  it('several mixings follow one another', async () => {
    const both = [mixup({ alpha: 1 }), randomFlip(), cutMix()]
    const { augment } = await stepWith(both, nn.losses.crossEntropy())
    const inputs = augment.inputs(COUNT)
    const hot = input('hot', [COUNT, CLASSES])
    const program = await compileGraph(new Graph([hot, ...inputs], { y: augment.mix!(hot, inputs) }), {
      threads: 1,
    })
    const feed = program.inputs.hot!.data as Float32Array
    labels.forEach((label, row) => {
      feed[row * CLASSES + label] = 1
    })
    inputs.forEach(({ name }, pass) => {
      augment.fill(pass, occasion, program.inputs[name!]!.data as Float32Array)
    })
    await program.run()
    const mixed = program.outputs.y!.data as Float32Array
    for (let row = 0; row < COUNT; row++) {
      const shares = mixed.subarray(row * CLASSES, (row + 1) * CLASSES)
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
    }
  })

  it.each([nn.losses.hinge(), nn.losses.focal()])('$name refuses them: it takes one class', async (loss) => {
    await expect(stepWith(mixup(), loss)).rejects.toThrow(
      `${loss.name}: expected samples that are not mixed, since it takes one class for each`,
    )
    expect((await stepWith(randomFlip(), loss)).result.loss).toBeGreaterThan(0)
  })
})

/** Bright above or below, by class. */
function halves(): Recipe['data'] {
  const random = new Random('halves')
  const split = (count: number) => {
    const classes = Int32Array.from({ length: count }, () => random.integer(2))
    const inputs = Float32Array.from({ length: count * 36 }, (_, i) => {
      return ((i % 36 < 18 ? 0 : 1) === classes[Math.floor(i / 36)] ? 0.8 : 0) + random.normal()
    })
    return makeSplit(inputs, classes, shape)
  }
  const parts = { name: 'halves', train: split(120), test: split(60), inputRange: [-10, 10] as const }
  return makeDataset({ ...parts, classes: ['above', 'below'] })
}

const recipe = (over: Partial<Recipe> = {}): Recipe => ({
  data: halves(),
  model: nn.sequential(nn.conv2d(1, 4, 3), nn.relu(), nn.flatten(), nn.linear(64, 2)),
  augment: [standard(), someOf(1, mixup({ alpha: 1 }), cutMix())],
  optimizer: sgd(0.05, { momentum: 0.9 }),
  epochs: 4,
  batchSize: 16,
  validation: 0.2,
  ...over,
})

describe('a run with mixed samples', () => {
  it('learns, and its training accuracy is against mixed labels', async () => {
    const events: { train: { accuracy?: number }; validation?: { accuracy?: number } }[] = []
    const sink = (event: { type: string }) => {
      if (event.type === 'epoch') events.push(event as never)
    }
    const { test } = await fit(recipe({ epochs: 12 }), { threads: 1, sinks: [sink as never] })
    const last = events.at(-1)!
    expect(test.accuracy).toBeGreaterThan(0.9)
    expect(last.validation!.accuracy).toBeGreaterThan(0.85)
    expect(last.train.accuracy).toBeLessThan(0.9)
    expect(last.train.accuracy).toBeGreaterThan(0.55)
  })

  it('comes to the same bits wherever it was stopped', async () => {
    const whole = await runInParts(recipe())
    for (const stops of [[3], [6, 13]])
      expect(await runInParts(recipe(), stops), `stopped at ${stops}`).toMatchObject({
        weights: whole.weights,
        test: whole.test,
      })
  })

  it('numbers to predict are mixed as they are', async () => {
    const random = new Random('numbers')
    const split = (count: number) => {
      const inputs = Float32Array.from({ length: count * 36 }, () => random.normal())
      const numbers = Float32Array.from({ length: count }, (_, i) => {
        return inputs.subarray(i * 36, (i + 1) * 36).reduce((a, b) => a + b, 0) / 6
      })
      return makeSplit(inputs, numbers, shape)
    }
    const data = makeDataset({
      name: 'sums',
      train: split(240),
      test: split(60),
      inputRange: [-10, 10],
      targets: ['sum'],
    })
    // What is linear stays true of mixed pictures, so that there is nothing wrong to learn.
    const { test } = await fit(
      recipe({
        data,
        model: nn.sequential(nn.flatten(), nn.linear(36, 1)),
        augment: [mixup({ alpha: 1 })],
        optimizer: sgd(0.005, { momentum: 0.9 }),
        epochs: 30,
      }),
      { threads: 1 },
    )
    expect(test.loss).toBeLessThan(0.02)
  })
})
