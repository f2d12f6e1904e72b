import { describe, expect, it } from 'vitest'
import {
  type Augmentation,
  augmenter,
  cutout,
  defineAugmentation,
  randomCrop,
  randomFlip,
  rotate,
  someOf,
  sometimes,
} from '../../src/augment/index.ts'
import { type JsonObject, Random } from '../../src/core/index.ts'
import { fitNormalizer, loader, type MemoryClasses, makeDataset, makeSplit } from '../../src/data/index.ts'
import * as nn from '../../src/nn/index.ts'
import { mul } from '../../src/ops/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { createEvaluator } from '../../src/train/evaluation/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import type { Recipe } from '../../src/train/recipe/recipe.ts'
import { createTrainStep } from '../../src/train/step/step.ts'
import { copyingKeeper, runInParts } from './pairs-support.ts'

/** Pictures of 2 channels and 6x6 pixels: one class is brighter above, the other below. */
function pictures(train: number): MemoryClasses {
  const random = new Random('pictures')
  const split = (count: number) => {
    const labels = Int32Array.from({ length: count }, () => random.integer(2))
    const inputs = Float32Array.from({ length: count * 72 }, (_, i) => {
      const above = i % 36 < 18
      return (above === (labels[Math.floor(i / 72)] === 0) ? 0.4 : 0) + random.normal()
    })
    return makeSplit(inputs, labels, [2, 6, 6])
  }
  return makeDataset({
    name: 'pictures',
    train: split(train),
    test: split(40),
    inputRange: [-10, 10],
    classes: ['above', 'below'],
  })
}

const data = pictures(100)
const list = [randomFlip(), randomCrop(6, { padding: 1, mode: 'reflect' }), cutout(2)]
const model = nn.sequential(nn.conv2d(2, 4, 3), nn.relu(), nn.flatten(), nn.linear(64, 2))
const recipe = (over: Partial<Recipe> = {}): Recipe => ({
  data,
  model,
  augment: list,
  optimizer: sgd(0.05, { momentum: 0.9 }),
  epochs: 3,
  batchSize: 16,
  validation: 0.2,
  ...over,
})

/** Steps of an epoch: 80 samples are left for training. */
const EPOCH = 5

describe('augmentation in training', () => {
  it('comes to the same bits wherever the run was stopped', async () => {
    const whole = await runInParts(recipe())
    for (const stops of [[1], [EPOCH], [EPOCH + 2, 2 * EPOCH + 1]])
      expect(await runInParts(recipe(), stops), `stopped at ${stops}`).toMatchObject({
        weights: whole.weights,
        best: whole.best,
        test: whole.test,
      })
    const other = await runInParts(recipe({ augment: [] }))
    expect(other.weights).not.toEqual(whole.weights)
  })

  it('is the same in parts of a batch', async () => {
    const whole = await fit(recipe({ epochs: 1 }), { threads: 1 })
    const parts = await fit(recipe({ epochs: 1, accumulate: 4 }), { threads: 1 })
    for (const [name, { data }] of whole.tensors)
      data.forEach((value, i) => {
        // Sums in another order.
        expect(Math.abs(Number(parts.tensors.get(name)!.data[i]) - Number(value))).toBeLessThan(1e-5)
      })
  })

  it('trains on what the augmentation makes of the standardized samples', async () => {
    const normalizer = fitNormalizer(data.train)
    const batch = loader(data.train, 'all', { batchSize: 16, shuffle: false, normalizer })
    const augment = augmenter(list, { shape: [2, 6, 6], seed: 3 })
    const common = { model, loss: nn.losses.crossEntropy(), inputShape: [2, 6, 6], threads: 1 }
    const tensors = nn.initialize(model, 1)
    const options = { ...common, batchSize: 16, optimizer: sgd(0.1), horizon: {}, seed: 3, tensors }
    const step = await createTrainStep({ ...options, augment })
    const buffers = batch.allocate()
    batch.read(0, 1, buffers)
    step.inputs.data.set(buffers.inputs)
    ;(step.targets.data as Int32Array).set(buffers.labels)
    await expect(step.run(0)).rejects.toThrow(
      'augment: expected the samples of the batch with the step, got none',
    )
    const before = nn.initialize(model, 1)
    const { loss } = await step.run(0, 1, { epoch: 2, samples: buffers.samples })

    const { augmented } = await import('../augment/support.ts')
    const { tensor } = await import('../../src/core/index.ts')
    const seen = await augmented(list, tensor(buffers.inputs, [16, 2, 6, 6]), {
      epoch: 2,
      seed: 3,
      samples: [...buffers.samples],
    })
    const evaluate = createEvaluator({ ...common, tensors: before })
    const shown = {
      ...batch,
      *batches() {
        yield { ...buffers, inputs: Float32Array.from(seen), count: 16 }
      },
    }
    expect((await evaluate(shown)).loss).toBeCloseTo(loss, 5)
  })

  it('leaves validation, test and whole-set statistics alone', async () => {
    // What blows up every training sample shows in none of the scores if the weights stay as they are.
    const blowUp = defineAugmentation('blowUp', () => ({
      kind: 'recoloring',
      numbers: 1,
      draw: () => [0],
      apply: (x) => mul(x, 100),
    }))
    const still = { optimizer: sgd(1e-30), epochs: 1, populationStatistics: true }
    const normed = nn.sequential(nn.conv2d(2, 4, 3), nn.batchNorm2d(4), nn.flatten(), nn.linear(64, 2))
    const scores = async (augment: readonly Augmentation[]) => {
      const { test, progress, tensors } = await fit(recipe({ ...still, model: normed, augment }), {
        threads: 1,
      })
      return { test, mean: tensors.get('1.running_mean'), best: progress.best?.scores.loss }
    }
    const [plain, blown] = [await scores([]), await scores([blowUp()])]
    expect({ ...blown, best: 0 }).toEqual({ ...plain, best: 0 })
  })

  it('belongs to the run: another list is another run', async () => {
    const keeper = copyingKeeper()
    await fit(recipe(), { threads: 1, keeper, maxSteps: 2 })
    const resume = keeper.held.last
    const written = 'randomFlip(), randomCrop(6, { padding: 1, mode: "reflect" }), cutout(2)'
    await expect(fit(recipe({ augment: [] }), { resume })).rejects.toThrow(
      `checkpoint: expected augment none, found ${written}`,
    )
    await expect(fit(recipe({ augment: [randomFlip()] }), { resume })).rejects.toThrow(
      `checkpoint: expected augment randomFlip(), found ${written}`,
    )
    const reordered = list.toReversed()
    await expect(fit(recipe({ augment: reordered }), { resume })).rejects.toThrow(`found ${written}`)
    const [flip, , cut] = list as [Augmentation, Augmentation, Augmentation]
    const wider = [flip, randomCrop(6, { padding: 2, mode: 'reflect' }), cut]
    await expect(fit(recipe({ augment: wider }), { resume })).rejects.toThrow(
      'expected augment randomCrop(6, { padding: 2, mode: "reflect" }), found randomCrop(6, { padding: 1, mode: "reflect" })',
    )
  })

  it('names what acts by chance with its chance', () => {
    const { written } = augmenter(
      [sometimes(0.1, cutout(2), randomFlip()), someOf(1, rotate(20), rotate(10))],
      {
        shape: [2, 6, 6],
        seed: 0,
      },
    )
    expect(written).toEqual([
      'sometimes(0.1, cutout(2))',
      'sometimes(0.1, randomFlip())',
      'someOf(1 of 2, rotate(20))',
      'someOf(1 of 2, rotate(10))',
    ])
  })

  it('goes on with runs whose checkpoints have the names alone, as they once did', async () => {
    const keeper = copyingKeeper()
    await fit(recipe(), { threads: 1, keeper, maxSteps: 2 })
    const old = (augment: string) => {
      const { tensors, state } = keeper.held.last!
      return { tensors, state: { ...state, identity: { ...(state.identity as JsonObject), augment } } }
    }
    const names = 'randomFlip, randomCrop, cutout'
    const result = fit(recipe(), { threads: 1, resume: old(names), keeper, maxSteps: 3 })
    await expect(result).resolves.toMatchObject({ outcome: 'finished' })
    expect(keeper.held.last!.state.identity).toMatchObject({ augment: list.map((one) => one.written) })
    await expect(fit(recipe(), { resume: old('randomFlip, cutout') })).rejects.toThrow(
      'found randomFlip, cutout',
    )
  })

  it('is refused where it is none, or does not fit the samples', async () => {
    await expect(fit(recipe({ augment: ['flip'] as never }))).rejects.toThrow(
      'expected an augmentation, got "flip"',
    )
    await expect(fit(recipe({ augment: [cutout(9)] }))).rejects.toThrow(
      'cutout: expected a size of at most 6',
    )
    const rows = makeDataset({
      ...data,
      train: makeSplit(
        new Float32Array(40).map((_, i) => i),
        new Int32Array(20),
        [2],
      ),
      test: makeSplit(new Float32Array(4), new Int32Array(2), [2]),
    })
    const flat = nn.linear(2, 2)
    await expect(fit(recipe({ data: rows, model: flat }))).rejects.toThrow('expected pictures [C, H, W]')
  })
})

describe('a model that starts from samples', () => {
  it('gets the first training samples, standardized, without those for validation', async () => {
    const seen: number[][] = []
    const watching: Recipe['model'] = (_, samples) => {
      const { shape, data } = samples(1000)
      seen.push([...shape])
      const mean = (data as Float32Array).reduce((sum, x) => sum + x, 0) / data.length
      expect(Math.abs(mean)).toBeLessThan(1e-6)
      expect(samples(3).data).toEqual(data.slice(0, 3 * 72))
      expect(() => samples(0)).toThrow('samples: expected a number of at least 1, got 0')
      return model
    }
    await fit(recipe({ model: watching, epochs: 1 }), { threads: 1 })
    expect(seen).toEqual([[80, 2, 6, 6]])
  })
})
