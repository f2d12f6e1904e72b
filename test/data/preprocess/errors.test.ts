import { describe, expect, it } from 'vitest'
import { data, Random } from '../../../src/node.ts'
import { fitTo } from './support.ts'

const random = new Random('errors')
const rows = (count: number, size: number) =>
  Float32Array.from({ length: count * size }, () => random.normal())

describe('options that make no sense are refused by name', () => {
  it.each([
    [() => data.pca({} as never), 'pca: expected either components or variance, got none'],
    [
      () => data.pca({ components: 2, variance: 0.9 } as never),
      'pca: expected either components or variance, got both',
    ],
    [
      () => data.pca({ components: 0.9 }),
      'pca: expected components to be a whole number of at least 1, got 0.9\n' +
        '  for a share of the variance: data.pca({ variance: 0.99 })',
    ],
    [
      () => data.pca({ variance: 1.2 }),
      'pca: expected variance to be a share above 0 and at most 1, got 1.2',
    ],
    [() => data.pca(3 as never), 'pca: expected options by name, got 3'],
    [() => data.whiten({ eps: 0 }), 'whiten: expected an eps above 0, got 0'],
    [() => data.zca({ eps: Number.NaN }), 'zca: expected an eps above 0, got NaN'],
    [() => data.zca({ epz: 1 } as never), 'unknown option of zca "epz"; did you mean "eps"?'],
    [() => data.minMax([1, 0]), 'minMax: expected a range [low, high] such as [0, 1], got [1,0]'],
    [() => data.minMax(1 as never), 'minMax: expected a range [low, high] such as [0, 1], got 1'],
    [() => data.standardize(...([{ eps: 1 }] as never[])), 'standardize: expected no options, got 1'],
    [() => data.standardize().andThen(3 as never), 'andThen: expected preprocessing, got number'],
  ])('%#', (make, message) => {
    expect(make).toThrow(message)
  })
})

describe('samples that make no sense are refused', () => {
  it.each([
    [
      data.pca({ components: 5 }),
      [4],
      'pca: expected at most 4 components, as many as there are features, got 5',
    ],
    [
      data.pca({ components: 1 }),
      [5000],
      'pca: expected samples of at most 4,096 numbers, got 5,000 [5000]\n',
    ],
    [
      data.zca(),
      [3, 64, 64],
      'zca: expected samples of at most 4,096 numbers, got 12,288 [3, 64, 64]\n' +
        '  its work grows with the cube of that: make the pictures smaller, or take data.standardize()\n' +
        '  to whiten by neighborhoods instead, let the first convolution start from init.whitening',
    ],
  ] as const)('%#', async (preprocess, shape, message) => {
    const size = shape.reduce((a: number, b) => a * b, 1)
    await expect(fitTo(preprocess, rows(3, size), shape)).rejects.toThrow(message)
  })

  it('a single one', async () => {
    await expect(fitTo(data.whiten(), rows(1, 3), [3])).rejects.toThrow(
      'whiten: expected at least two training samples, got 1',
    )
  })

  it.each([
    [data.standardize(), 'standardize: feature 1'],
    [data.center(), 'center: feature 1'],
    [data.minMax(), 'minMax: feature 1'],
    [data.pca({ components: 1 }), 'pca: feature 1'],
    [data.zca(), 'zca: feature 1'],
  ])('with values that are not finite: $name', async (preprocess, where) => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const inputs = Float32Array.from([1, 2, 3, 4, 5, 6, 7, wrong, 9])
      await expect(fitTo(preprocess, inputs, [3])).rejects.toThrow(`${where} has an input that is not finite`)
    }
  })

  it.each([
    [data.standardize(), 'standardize'],
    [data.minMax(), 'minMax'],
    [data.pca({ variance: 0.5 }), 'pca'],
    [data.whiten(), 'whiten'],
  ])('of which nothing varies: $name', async (preprocess, name) => {
    await expect(fitTo(preprocess, new Float32Array(12).fill(3), [3])).rejects.toThrow(
      `${name}: expected features that vary, but all 3 are the same in all 4 training samples`,
    )
  })
})

describe('what a person should know', () => {
  it('features that never change are dropped from rows', async () => {
    const inputs = Float32Array.from([1, 5, 2, 0.5, 2, 5, 2, 0.5, 4, 5, 3, 0.5])
    for (const [name, preprocess] of [
      ['standardize', data.standardize()],
      ['minMax', data.minMax()],
    ] as const) {
      const fitted = await fitTo(preprocess, inputs, [4])
      expect(fitted.notices).toEqual([
        `${name}: the same in all 3 training samples, so dropped: feature 1 (5), 3 (0.5); ` +
          'the model sees 2 of 4 features',
      ])
      expect(fitted.outputShape).toEqual([2])
    }
  })

  it('channels that never change stay', async () => {
    const fitted = await fitTo(data.standardize(), Uint8Array.from([7, 7, 1, 2, 7, 7, 3, 4]), [2, 1, 2])
    expect(fitted.notices).toEqual(['channel 0 is 7 in all 2 samples; its std is set to 1'])
    expect(fitted).toMatchObject({ inGraph: false, outputShape: [2, 1, 2] })
  })

  it('directions without variance, which whitening blows up', async () => {
    const fitted = await fitTo(data.whiten(), rows(4, 6), [6])
    expect(fitted.notices).toEqual([
      'whiten: the training samples do not vary in 3 of 6 directions; what other samples have there is ' +
        'multiplied by 316: take a larger eps than 0.00001, or data.pca({ variance: 0.999 }) before it',
    ])
    expect((await fitTo(data.whiten({ eps: 0.1 }), rows(4, 6), [6])).notices).toEqual([])
    expect((await fitTo(data.whiten(), rows(40, 6), [6])).notices).toEqual([])
  })
})

describe('preprocessing in a file', () => {
  it('comes back as it was', async () => {
    const preprocess = data.standardize().andThen(data.zca()).andThen(data.minMax())
    const inputs = rows(20, 5).map((x, i) => (i % 5 === 2 ? 1 : x))
    const fitted = await fitTo(preprocess, inputs, [5])
    const { maps } = data.fromTensors(data.toTensors(fitted), fitted)
    expect(maps).toEqual(fitted.maps)
    expect(maps.map(({ kind }) => kind)).toEqual(['scale', 'select', 'project', 'scale'])
    expect(fitted.name).toBe('standardize(), zca(), minMax()')
    expect(data.pca({ variance: 0.9 }).name).toBe('pca({ variance: 0.9 })')
  })

  it('is refused for samples of another shape, or if a part is missing', async () => {
    const fitted = await fitTo(data.whiten(), rows(20, 5), [5])
    const tensors = data.toTensors(fitted)
    expect(() => data.fromTensors(tensors, { name: '', inputShape: [6] })).toThrow(
      'preprocessing: expected samples of 5 numbers, got [6]',
    )
    tensors.delete('preprocess/0/project/mean')
    expect(() => data.fromTensors(tensors, fitted)).toThrow(
      'checkpoint: expected a tensor "preprocess/0/project/mean", found none',
    )
    const other = new Map([['preprocess/0/turn/by', data.toTensors(fitted).values().next().value!]])
    expect(() => data.fromTensors(other, fitted)).toThrow(
      'expected preprocessing of a known kind, found "turn"',
    )
  })
})
