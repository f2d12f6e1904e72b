import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { datasets, digits, findDataset, type MemoryClasses } from '../../src/data/index.ts'
import { folderWith } from './fixtures.ts'

const asset = readFileSync(new URL('../../assets/digits/digits.csv.gz', import.meta.url))
const csv = gunzipSync(asset).toString()
const countsOf = (labels: Int32Array) =>
  [...Array(10).keys()].map((c) => labels.filter((l) => l === c).length)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('digits', () => {
  let data: MemoryClasses
  beforeAll(async () => {
    data = await digits()
  })

  it('has 1,437 images to train on and 360 to test on', () => {
    expect(data).toMatchObject({ name: 'digits', inputShape: [1, 8, 8], inputRange: [0, 16] })
    expect([data.train.count, data.test.count]).toEqual([1437, 360])
    expect(Math.max(...data.train.inputs)).toBe(16)
  })

  it('has each digit in proportion on either side', () => {
    const [train, test] = [countsOf(data.train.labels), countsOf(data.test.labels)]
    const total = train.map((n, c) => n + test[c]!)
    expect(total).toEqual([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    test.forEach((n, c) => {
      expect(Math.abs(n - (360 * total[c]!) / 1797)).toBeLessThan(1)
    })
  })

  it('holds every line of the file once', () => {
    const lines = [data.train, data.test].flatMap(({ inputs, labels, count }) =>
      Array.from({ length: count }, (_, i) => `${inputs.subarray(i * 64, i * 64 + 64).join()},${labels[i]}`),
    )
    expect(lines.sort()).toEqual(csv.trim().split('\n').sort())
  })

  it('is split in the same way forever', () => {
    expect(sha256(data.test.inputs as Uint8Array)).toBe(
      '951aa48761c159aa900df1d229726b6c0d332ea288bc8e128d5b16049905608a',
    )
    expect(sha256(data.train.inputs as Uint8Array)).toBe(
      '9f709ec55a5f3c307e689e4c3b580c8fd0dfb6af51ef125e6849b18275807040',
    )
  })

  it('reads a file of the same contents from a directory', async () => {
    const dir = await folderWith({ 'digits.csv': csv.replaceAll('\n', '\r\n') })
    const again = await digits({ dir })
    expect(again.train.labels.join()).toBe(data.train.labels.join())
    expect(sha256(again.train.inputs as Uint8Array)).toBe(sha256(data.train.inputs as Uint8Array))
  })

  const lines = csv.trim().split('\n')
  const withLine = (line: string) => gzipSync([lines[0], line, ...lines.slice(2)].join('\n'))
  it.each([
    ['too few lines', gzipSync(lines.slice(0, 100).join('\n')), 'expected 1,797 lines, found 100'],
    ['a short line', withLine('1,2,3'), 'line 2: expected 64 pixels and a label, found 3 fields'],
    [
      'a pixel out of range',
      withLine(lines[1]!.replace(/^0,/, '17,')),
      'line 2: expected a whole number from 0 to 16, found "17"',
    ],
    [
      'a label that is no number',
      withLine(lines[1]!.replace(/,1$/, ',one')),
      'line 2: expected a whole number from 0 to 9, found "one"',
    ],
  ])('names the line of %s', async (_, file, message) => {
    const dir = await folderWith({ 'digits.csv.gz': file })
    await expect(digits({ dir })).rejects.toThrow(message)
  })
})

describe('the registry', () => {
  it('finds each data set by its name', () => {
    expect(datasets.map(({ name }) => name)).toEqual([
      'digits',
      'mnist',
      'fashion-mnist',
      'cifar10',
      'cifar100',
    ])
    for (const source of datasets) expect(findDataset(source.name)).toBe(source)
  })

  it('suggests the nearest name', () => {
    expect(() => findDataset('cifar-10')).toThrow('unknown data set "cifar-10"; did you mean "cifar10"?')
    expect(() => findDataset('minst')).toThrow('did you mean "mnist"?')
  })

  it('asks for a directory where one is needed', async () => {
    for (const { files, load, name } of datasets)
      if (files.length > 0)
        await expect(load({})).rejects.toThrow(`${name}: expected the directory that holds`)
    expect((await findDataset('digits').load({})).test.count).toBe(360)
  })
})
