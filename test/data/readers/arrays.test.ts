import { writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeSafetensors, type Tensor, tensor } from '../../../src/core/index.ts'
import type { ArrayData } from '../../../src/data/readers/array-dataset.ts'
import { npy, npz, safetensors } from '../../../src/data/readers/arrays.ts'
import { folderWith } from '../fixtures.ts'
import { attempt, damaged, expectations, failureOf, fixture, fixtureBytes } from './damage.ts'

/** A safetensors file in a folder that goes when the test is over. */
async function fileWith(tensors: Record<string, Tensor>): Promise<string> {
  const pieces = encodeSafetensors({ tensors: new Map(Object.entries(tensors)), metadata: new Map() })
  return `${await folderWith({ 'data.safetensors': Buffer.concat(pieces) })}/data.safetensors`
}

const bytes = (shape: readonly number[], from = 0) =>
  tensor(
    Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i),
    shape,
    'uint8',
  )
const classes = (count: number, of = 2) =>
  tensor(
    BigInt64Array.from({ length: count }, (_, i) => BigInt(i % of)),
    [count],
    'int64',
  )

describe('npz', () => {
  it.each(['stored.npz', 'deflated.npz'])('finds the usual names in %s', async (name) => {
    const data = await npz({ path: fixture(name) })
    const expected = expectations<Record<string, { values: number[] }>>('npz')
    expect(data).toMatchObject({
      name: name.split('.')[0],
      task: 'classification',
      inputShape: [1, 4, 5],
      inputRange: [0, 255],
      classes: ['0', '1', '2'],
    })
    expect([...(data.train.inputs as Uint8Array)]).toEqual(expected.x_train!.values)
    expect([...data.train.labels]).toEqual(expected.y_train!.values)
    expect([...(data.test.inputs as Uint8Array)]).toEqual(expected.x_test!.values)
    expect([...data.test.labels]).toEqual(expected.y_test!.values)
    expect(data.notices[0]).toMatch(/samples of \[4, 5\] are taken for images of rows and columns/)
  })

  it('takes the arrays that are named, and sets a part apart to test on', async () => {
    const options = {
      inputs: 'x_train',
      labels: 'y_train',
      channels: 'first',
      classes: ['a', 'b', 'c'],
    } as const
    const data = await npz({ path: fixture('stored.npz'), ...options, split: { test: 1 / 3 } })
    expect(data).toMatchObject({ inputShape: [4, 5], classes: ['a', 'b', 'c'] })
    expect([data.train.count, data.test.count]).toEqual([6, 3])
  })

  it('names arrays that are not there', async () => {
    const path = fixture('stored.npz')
    const of = (options: object) => failureOf(() => npz({ path, ...options })).then(({ message }) => message)
    expect(await of({ inputs: 'x_trian', labels: 'y_train' })).toMatch(
      /no array "x_trian"; did you mean "x_train"\?\n {2}arrays: x_train, y_train, x_test, y_test/,
    )
    expect(await of({ inputs: 'x_train' })).toMatch(/expected names of both inputs and labels, got one/)
    expect(await of({ inputs: 'x_train', labels: 'y_test' })).toMatch(
      /array "y_test": expected 9 labels, one for each sample.*found the shape \[3\]/,
    )
  })
})

describe('npy', () => {
  it('reads inputs and labels from files of their own', async () => {
    const wrong = { inputs: fixture('f4-little-C.npy'), labels: fixture('f8-big-F.npy') }
    expect((await failureOf(() => npy(wrong))).message).toMatch(
      /f8-big-F.npy: expected 2 labels.*found the shape \[2, 3, 4\]/,
    )
    const targets = await npy({
      inputs: fixture('version1.npy'),
      labels: fixture('version2.npy'),
      split: { test: 0.4 },
    })
    expect(targets).toMatchObject({
      task: 'regression',
      inputShape: [2],
      targets: ['version2 0', 'version2 1'],
    })
    expect([...targets.train.labels].sort()).toEqual([...(targets.train.inputs as Float32Array)].sort())
  })
})

describe('safetensors', () => {
  it('reads the file of the reference implementation', async () => {
    const expected = expectations<{ inputs: number[]; labels: number[] }>('safetensors')
    const data = await safetensors({ path: fixture('arrays.safetensors') })
    expect(data).toMatchObject({ task: 'classification', classes: ['0', '1'], inputShape: [3] })
    const rows = (side: ArrayData['train']) =>
      Array.from({ length: side.count }, (_, i) => [
        ...(side.inputs as Float32Array).subarray(3 * i, 3 * i + 3),
        side.labels[i],
      ])
    const all = expected.labels.map((label, i) => [...expected.inputs.slice(3 * i, 3 * i + 3), label])
    const byFirst = (a: (number | undefined)[], b: (number | undefined)[]) => a[0]! - b[0]!
    expect([...rows(data.train), ...rows(data.test)].sort(byFirst)).toEqual(all.sort(byFirst))
  })

  const apart = { test: { inputs: 'x', labels: 'y' }, inputs: 'x', labels: 'y' }

  it('puts the channels of images first', async () => {
    const path = await fileWith({ x: bytes([4, 2, 2, 3]), y: classes(4) })
    const data = await safetensors({ path, ...apart })
    expect(data.inputShape).toEqual([3, 2, 2])
    expect([...(data.train.inputs as Uint8Array).subarray(0, 12)]).toEqual([
      0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11,
    ])
    expect((await safetensors({ path, ...apart, channels: 'first' })).inputShape).toEqual([2, 2, 3])
  })

  it('takes any whole numbers for classes, and rows with a single 1', async () => {
    const y = tensor(Int32Array.of(7, -1, 7, -1), [4], 'int32')
    const hot = tensor([0, 1, 1, 0, 0, 1, 1, 0], [4, 2])
    const path = await fileWith({ x: bytes([4, 3]), y, hot })
    const data = await safetensors({ path, ...apart })
    expect([data.task === 'classification' && data.classes, [...data.train.labels]]).toEqual([
      ['-1', '7'],
      [1, 0, 1, 0],
    ])
    const oneHot = { ...apart, labels: 'hot', test: { inputs: 'x', labels: 'hot' } }
    expect((await safetensors({ path, ...oneHot })).train.labels).toEqual(Int32Array.of(1, 0, 1, 0))
    const numbers = await safetensors({ path, ...oneHot, task: 'regression' })
    expect(numbers).toMatchObject({ task: 'regression', targets: ['hot 0', 'hot 1'] })
  })

  it('reads halves and booleans', async () => {
    const half = tensor(Uint16Array.of(0x3c00, 0xc000, 0, 0x3800), [4], 'float16')
    const flags = tensor(Uint8Array.of(0, 1, 0, 1), [4], 'bool')
    const data = await safetensors({ path: await fileWith({ x: half, y: flags }), ...apart })
    expect(data).toMatchObject({ inputShape: [1], inputRange: [-2, 1], classes: ['0', '1'] })
    expect(data.train.inputs).toEqual(Float32Array.of(1, -2, 0, 0.5))
  })

  const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], [4, 2])
  it.each<[string, Record<string, Tensor>, object, RegExp]>([
    [
      'NaN',
      { x: tensor([1, 2, 3, Number.NaN], [2, 2]), y: classes(2) },
      {},
      /array "x": expected finite numbers within float32, found NaN at \[1, 1\]/,
    ],
    [
      'numbers beyond float32',
      { x: tensor([1, 1e300], [2, 1], 'float64'), y: classes(2) },
      {},
      /found 1e\+300 at \[1, 0\]/,
    ],
    [
      'infinite labels',
      { x, y: tensor([1, 2, Number.POSITIVE_INFINITY, 4]) },
      {},
      /expected finite labels, found Infinity for sample 2/,
    ],
    [
      'labels that float64 cannot tell apart',
      { x, y: tensor(BigInt64Array.of(0n, 1n, 2n ** 60n, 3n), [4], 'int64') },
      {},
      /expected finite labels, found 1152921504606847000/,
    ],
    ['other counts', { x, y: classes(3) }, {}, /array "y": expected 4 labels/],
    [
      'no samples',
      { x: tensor([], [0, 2]), y: tensor([], [0]) },
      {},
      /expected samples along the first axis/,
    ],
    ['one class', { x, y: classes(4, 1) }, {}, /expected at least two classes, found "0" only/],
    ['a class of one', { x, y: classes(4, 3) }, {}, /at least 2 samples of each class, found one of "1"/],
    [
      'class names that are too few',
      { x, y: classes(4) },
      { classes: ['a'] },
      /expected labels 0 \.\. 0 for 1 class names, found 1/,
    ],
    [
      'test samples of another shape',
      { x, y: classes(4), z: bytes([4, 2]) },
      { test: { inputs: 'z', labels: 'y' } },
      /expected test samples like those to train on/,
    ],
    [
      'other names',
      { a: x, b: classes(4) },
      { inputs: undefined, labels: undefined },
      /expected the names of the arrays.*\n.*arrays: a, b/,
    ],
    [
      'two numbers as a class',
      { x, y: x },
      { task: 'classification' },
      /expected one class a sample.*found 2 numbers/,
    ],
  ])('refuses %s', async (_, tensors, options, message) => {
    const path = await fileWith(tensors)
    const error = await failureOf(() => safetensors({ path, inputs: 'x', labels: 'y', ...options }))
    expect(error.message).toMatch(message)
  })
})

describe('a damaged archive is an error or a data set of finite numbers', () => {
  it.each([
    ['stored.npz', npz],
    ['arrays.safetensors', safetensors],
  ] as const)('%s (300 files)', async (name, read) => {
    const path = `${await folderWith({ [name]: '' })}/${name}`
    const property = fc.asyncProperty(damaged(fixtureBytes(name)), async (content) => {
      await writeFile(path, content)
      const data = await attempt(() => read({ path }))
      for (const side of data ? [data.train, data.test] : []) {
        expect((side.inputs as Float32Array).every(Number.isFinite)).toBe(true)
        expect(side.labels).toHaveLength(side.count)
      }
    })
    await fc.assert(property, { numRuns: 300 })
  })
})
