import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { standard } from '../../src/augment/index.ts'
import { Random } from '../../src/core/index.ts'
import { digits, type MemoryClasses, makeDataset, makeSplit } from '../../src/data/index.ts'
import { augmentationSheet, describeData, samplesSheet } from '../../src/doctor/index.ts'

let set: MemoryClasses
beforeAll(async () => {
  set = await digits()
})

/** The digits with some training samples changed. */
function changed(change: (inputs: Uint8Array, labels: Int32Array) => void): MemoryClasses {
  const inputs = (set.train.inputs as Uint8Array).slice()
  const labels = set.train.labels.slice()
  change(inputs, labels)
  return makeDataset({ ...set, train: makeSplit(inputs, labels, [1, 8, 8]) })
}

describe('describeData', () => {
  it('counts, and measures the values of the training samples', async () => {
    const report = await describeData(set)
    expect(report.splits).toEqual([
      { split: 'train', samples: 1437 },
      { split: 'test', samples: 360 },
    ])
    expect(report.classes!.map(({ train, test }) => train + test)).toEqual([
      178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ])
    const inputs = set.train.inputs as Uint8Array
    const mean = inputs.reduce((sum, value) => sum + value, 0) / inputs.length
    const std = Math.sqrt(inputs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / inputs.length)
    expect(report.channels![0]!.mean).toBeCloseTo(mean, 9)
    expect(report.channels![0]!.std).toBeCloseTo(std, 9)
    expect(report.channels![0]).toMatchObject({ min: 0, max: 16 })
    expect(report.duplicates).toMatchObject({ train: 0, test: 0, acrossSplits: 0, contradicting: 0 })
  })

  it('finds samples that are there twice, on either side, and with another label', async () => {
    const test = set.test.inputs as Uint8Array
    const report = await describeData(
      changed((inputs, labels) => {
        inputs.copyWithin(64, 0, 64)
        labels[1] = (labels[0]! + 1) % 10
        inputs.set(test.subarray(0, 64), 128)
        labels[2] = set.test.labels[0]!
      }),
    )
    expect(report.duplicates).toEqual({
      train: 1,
      test: 0,
      acrossSplits: 1,
      contradicting: 1,
      contradictions: [
        [
          { split: 'train', sample: 0 },
          { split: 'train', sample: 1 },
        ],
      ],
      examples: [
        [
          { split: 'train', sample: 0 },
          { split: 'train', sample: 1 },
        ],
        [
          { split: 'train', sample: 2 },
          { split: 'test', sample: 0 },
        ],
      ],
    })
  })

  it('calls samples by their names where they have some', async () => {
    const wrong = changed((inputs, labels) => {
      inputs.copyWithin(64, 0, 64)
      for (const sample of [1, 7]) labels[sample] = (labels[sample]! + 5) % 10
    })
    const train = { ...wrong.train, nameOf: (sample: number) => `digit ${sample}.png` }
    const { duplicates, labels } = await describeData({ ...wrong, train })
    expect(duplicates.contradictions[0]!.map(({ name }) => name)).toEqual(['digit 0.png', 'digit 1.png'])
    expect(labels!.suspicious.map(({ name }) => name)).toContain('digit 7.png')
  })

  it('finds most labels that were changed, and few others', async () => {
    const random = new Random('changed labels')
    const wrong = random.permutation(1437).subarray(0, 20)
    const { labels } = await describeData(
      changed((_, labels) => {
        for (const sample of wrong) labels[sample] = (labels[sample]! + 1 + random.integer(9)) % 10
      }),
    )
    const found = labels!.suspicious.filter(({ sample }) => wrong.includes(sample))
    expect(labels!.agreement).toBeGreaterThan(0.9)
    expect(found.length).toBeGreaterThanOrEqual(12)
    expect(labels!.count).toBeLessThan(40)
  })

  it('finds features of a table that hardly vary, and says what is to be predicted', async () => {
    const random = new Random('table')
    const rows = Float32Array.from({ length: 3000 }, (_, i) =>
      i % 3 === 1 ? (i === 4 ? 1 : 7) : random.normal(),
    )
    const split = makeSplit(
      rows,
      Float32Array.from({ length: 1000 }, (_, i) => i),
      [3],
    )
    const report = await describeData(
      makeDataset({ name: 'table', train: split, test: split, inputRange: [0, 1], targets: ['price'] }),
    )
    expect(report.nearConstant).toEqual([{ feature: 1, value: 7, share: 0.999 }])
    const [a, b, c] = ['age', 'kind', 'size'].map((name) => ({ name, column: name }))
    const named = makeDataset({
      ...{ name: 'table', train: split, test: split, inputRange: [0, 1], targets: ['price'] },
      features: [a!, b!, c!],
    })
    expect((await describeData(named)).nearConstant).toMatchObject([{ feature: 1, name: 'kind' }])
    expect(report.targets).toEqual([
      { name: 'price', mean: 499.5, std: expect.closeTo(288.675, 3), min: 0, max: 999 },
    ])
    expect(report.labels).toBeUndefined()
  })
})

describe('sheets', () => {
  it('show a row of each class, and what becomes of one of each', async () => {
    for (const png of [
      await samplesSheet(set),
      await augmentationSheet(set, standard(), { name: 'standard' }),
    ]) {
      const { width, height } = await sharp(png).metadata()
      expect([width, height! > 1000]).toEqual([840, true])
    }
  })

  it('are the same each time, and of other samples with another seed', async () => {
    const draw = (seed: number) => augmentationSheet(set, standard(), { name: 'standard', seed })
    expect(Buffer.compare(await draw(1), await draw(1))).toBe(0)
    expect(Buffer.compare(await draw(1), await draw(2))).not.toBe(0)
  })

  it('are drawn of pictures only', async () => {
    const rows = makeSplit(new Float32Array(4), new Int32Array(2), [2])
    const table = makeDataset({ name: 'table', train: rows, test: rows, inputRange: [0, 1], classes: ['a'] })
    await expect(samplesSheet(table)).rejects.toThrow(
      'table: expected pictures [1 or 3, H, W] to draw, got samples of shape [2]',
    )
  })
})
