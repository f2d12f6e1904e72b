import { describe, expect, it } from 'vitest'
import { augment, data, nn, optim, Random, type Recipe, readOnnx } from '../../src/node.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { fit } from '../../src/train/fit.ts'
import { gramProgram } from '../../src/train/recipe/gram.ts'
import { prepare } from '../../src/train/recipe/prepare.ts'
import { checkRecipe } from '../../src/train/recipe/recipe.ts'
import { clouds, copyingKeeper, runInParts } from './pairs-support.ts'

const points = clouds(160, 40)
const mlp: Recipe['model'] = ({ inputShape, classes }) =>
  nn.sequential(nn.linear(inputShape[0]!, 12), nn.batchNorm1d(12), nn.relu(), nn.linear(12, classes))
const recipe: Recipe = { data: points, model: mlp, optimizer: optim.adam(0.02), epochs: 3, batchSize: 16 }

/** Points with a feature that says nothing, in the middle. */
const withConstant = () => {
  const widen = ({ inputs, labels, count }: (typeof points)['train']) => {
    const wide = Float32Array.from({ length: count * 7 }, (_, i) => {
      const [row, column] = [Math.floor(i / 7), i % 7]
      return column === 3 ? 42 : (inputs as Float32Array)[row * 6 + (column > 3 ? column - 1 : column)]!
    })
    return data.makeSplit(wide, labels as Int32Array, [7])
  }
  return data.makeDataset({
    name: 'wide clouds',
    train: widen(points.train),
    test: widen(points.test),
    inputRange: [-10, 50],
    classes: ['a', 'b', 'c'],
  })
}

/** Small pictures of one of two colors, with noise. */
const pictures = (() => {
  const random = new Random('colors')
  const split = (count: number) => {
    const labels = Int32Array.from({ length: count }, () => random.integer(2))
    const bytes = Uint8Array.from({ length: count * 48 }, (_, i) => {
      const [row, channel] = [Math.floor(i / 48), Math.floor((i % 48) / 16)]
      return Math.max(0, Math.min(255, 128 + (channel === labels[row] ? 25 : 0) + random.normal(0, 30)))
    })
    return data.makeSplit(bytes, labels, [3, 4, 4])
  }
  return data.makeDataset({
    name: 'colors',
    train: split(120),
    test: split(30),
    inputRange: [0, 255],
    classes: ['red', 'green'],
  })
})()
const pictureNet: Recipe['model'] = ({ inputShape, classes }) =>
  nn.sequential(
    nn.conv2d(inputShape[0]!, 4, 3, { padding: 1 }),
    nn.relu(),
    nn.flatten(),
    nn.linear(64, classes),
  )

/** Loss and accuracy of an exported model on raw test samples. */
async function scoresOf(onnx: Uint8Array, { test }: typeof points) {
  const { graph } = readOnnx(onnx, { dims: { N: test.count } })
  const program = await compileGraph(graph, { threads: 1 })
  const { output } = await program.call({ input: Float32Array.from(test.inputs as Uint8Array) })
  const [scores, width] = [output!.data as Float32Array, output!.shape[1]!]
  let [loss, correct] = [0, 0]
  for (let i = 0; i < test.count; i++) {
    const row = [...scores.subarray(i * width, (i + 1) * width)]
    const label = test.labels[i]!
    loss += Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0)) - row[label]!
    if (row.indexOf(Math.max(...row)) === label) correct++
  }
  return { loss: loss / test.count, accuracy: correct / test.count }
}

describe('an exported model takes raw samples and sees what was trained on', () => {
  const whitened = data.standardize().andThen(data.whiten({ eps: 1e-3 }))
  it.each<[string, Partial<Recipe>]>([
    ['z-scores', {}],
    ['a dropped feature', { data: withConstant() }],
    ['principal components', { preprocess: data.standardize().andThen(data.pca({ variance: 0.9 })) }],
    ['whitening, with population statistics', { preprocess: whitened, populationStatistics: true }],
    ['raw', { preprocess: data.raw() }],
    ['a range', { preprocess: data.minMax([-1, 1]), data: pictures, model: pictureNet }],
    [
      'ZCA after augmentation',
      {
        preprocess: data.standardize().andThen(data.zca({ eps: 0.1 })),
        data: pictures,
        model: pictureNet,
        augment: [augment.randomFlip()],
      },
    ],
  ])('%s', async (_, changes) => {
    const used = { ...recipe, ...changes }
    const trained = await fit(used, { threads: 1 })
    const scores = await scoresOf(trained.toOnnx(), used.data as typeof points)
    expect(scores.accuracy).toBe(trained.test.accuracy)
    // Rounding of float32, which whitening multiplies.
    expect(Math.abs(scores.loss - trained.test.loss)).toBeLessThan(1e-4)
    expect(trained.test.accuracy).toBeGreaterThan(0.5)
  })
})

describe('a run that goes on', () => {
  const preprocess = data.standardize().andThen(data.whiten({ eps: 1e-3 }))

  it('has the same bits', async () => {
    const used = { ...recipe, data: withConstant(), preprocess }
    expect(await runInParts(used, [3, 7])).toEqual(await runInParts(used))
  })

  it('keeps the preprocessing that it began with', async () => {
    const keeper = copyingKeeper()
    await fit({ ...recipe, preprocess }, { keeper, maxSteps: 3 })
    const { last } = keeper.held
    const matrix = last!.tensors.get('preprocess/1/project/matrix')!
    matrix.data[0] = 7
    const prepared = await prepare(checkRecipe({ ...recipe, preprocess }), undefined, last)
    expect(prepared.preprocessing.maps[1]).toMatchObject({ matrix: { data: matrix.data } })
  })

  it('refuses another one, and takes checkpoints from before there was a choice', async () => {
    const keeper = copyingKeeper()
    await fit(recipe, { keeper, maxSteps: 3 })
    const { last } = keeper.held
    await expect(fit({ ...recipe, preprocess: data.minMax() }, { resume: last })).rejects.toThrow(
      'checkpoint: expected preprocess minMax(), found none',
    )
    const old = new Map([...last!.tensors].filter(([name]) => !name.startsWith('preprocess/')))
    expect(old.size).toBeLessThan(last!.tensors.size)
    const resumed = await fit(recipe, { threads: 1, resume: { ...last!, tensors: old } })
    expect(resumed.tensors).toEqual((await fit(recipe, { threads: 1 })).tensors)
  })
})

describe('the model', () => {
  it('is told what it sees, and gets such samples to start from', async () => {
    const preprocess = data.standardize().andThen(data.pca({ components: 2 }))
    let seen: unknown
    const model: Recipe['model'] = (info, samples) => {
      const { shape, data: values } = samples(100)
      seen = { inputShape: info.inputShape, shape }
      const sums = [0, 1].map((j) => [...(values as Float32Array)].filter((_, i) => i % 2 === j))
      expect(Math.abs(sums[0]!.reduce((a, b) => a + b, 0) / 100)).toBeLessThan(0.5)
      return nn.linear(2, info.classes)
    }
    const { notices } = await prepare(checkRecipe({ ...recipe, data: withConstant(), preprocess, model }))
    expect(seen).toEqual({ inputShape: [2], shape: [100, 2] })
    expect(notices[0]).toMatch(
      /^standardize: the same in all \d+ training samples, so dropped: feature 3 \(42\); /,
    )
    expect(notices[1]).toMatch(/^pca: 2 of 6 components have /)
  })

  it('that was made for other samples is refused with the reason', async () => {
    const model = nn.sequential(nn.linear(7, 3))
    await expect(prepare(checkRecipe({ ...recipe, data: withConstant(), model }))).rejects.toThrow(
      'preprocessing, standardize(), makes samples [7] into [6], which the model gets\n' +
        '  make the model from what it is told: model: ({ inputShape, classes }) => ...',
    )
  })
})

it('what is no preprocessing is refused', () => {
  expect(() => checkRecipe({ ...recipe, preprocess: 'zca' })).toThrow(
    'recipe: preprocess: expected preprocessing, got "zca"; make one with data.standardize()',
  )
})

it('ONNX Runtime multiplies as plain loops do, in several parts', async () => {
  const random = new Random('gram')
  const gram = gramProgram({ threads: 1 })
  for (const [count, size] of [
    [5, 3],
    [1024, 2],
    [2100, 7],
    [3, 7],
  ] as const) {
    const rows = Float64Array.from({ length: count * size }, () => random.normal())
    const [fast, plain] = [await gram(rows, count, size), data.plainGram(rows, count, size)]
    for (let i = 0; i < size; i++)
      for (let j = i; j < size; j++)
        expect(fast[i * size + j]).toBeCloseTo((plain as Float64Array)[i * size + j]!, 9)
  }
})
