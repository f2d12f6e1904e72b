import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isReader, type OpenOptions, open } from '../../../src/data/index.ts'
import { type ParquetOptions, parquet } from '../../../src/data/readers/parquet.ts'
import type { TableData } from '../../../src/data/readers/table-dataset.ts'
import { folderWith } from '../fixtures.ts'
import { failureOf, fixture } from './damage.ts'

/** A folder with copies of fixtures, by the names that they get. */
async function shards(files: Record<string, string>): Promise<string> {
  const dir = await folderWith({})
  for (const [name, source] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true })
    await copyFile(fixture(source), join(dir, name))
  }
  return dir
}

const tables = {
  'data/train-00000-of-00002.parquet': 'table-snappy.parquet',
  'data/train-00001-of-00002.parquet': 'table-none.parquet',
  'data/test-00000-of-00001.parquet': 'table-zstd.parquet',
}

const of = async (path: string, options: Partial<ParquetOptions> = {}) =>
  (await parquet({ path, label: 'grade', missing: 'drop', ...options })) as TableData

describe('a folder of Parquet files, as Hugging Face has it', () => {
  it('is one table, whose test rows are those that it has', async () => {
    const dir = await shards({ ...tables, 'README.md': 'stored.npz' })
    const data = await of(dir)
    // Of the 20 rows of each file 3 lack a value.
    expect([data.train.count, data.test.count]).toEqual([34, 17])
    const file = await of(fixture('table-snappy.parquet'))
    const width = data.features.length
    expect(data.features).toEqual(file.features)
    expect(data.train.inputs.subarray(0, 17 * width)).toEqual(data.train.inputs.subarray(17 * width))
    expect(data.test.inputs).toEqual(data.train.inputs.subarray(0, 17 * width))
    expect([data.train.nameOf!(20), data.test.nameOf!(0)]).toEqual(['train row 24', 'test row 0'])
    expect(data.notices).toContain(
      '9 of 60 rows are left out, which lack values of "small" (3), "double" (3), "color" (3)',
    )
  })

  it.each<[string, Record<string, string>, [number, number]]>([
    [
      'validation instead of a test part',
      { 'train.parquet': 'table-none.parquet', 'validation.parquet': 'table-v2.parquet' },
      [17, 17],
    ],
    [
      'folders of the parts',
      {
        'train/0000.parquet': 'table-none.parquet',
        'train/0001.parquet': 'table-v2.parquet',
        'test/0000.parquet': 'table-v2.parquet',
      },
      [34, 17],
    ],
    [
      'the folder of a configuration',
      {
        'plain/train-00000-of-00001.parquet': 'table-none.parquet',
        'plain/test-00000-of-00001-6e587552aa3c8ac8.parquet': 'table-v2.parquet',
      },
      [17, 17],
    ],
    [
      'names that say nothing',
      { 'part-0.parquet': 'table-none.parquet', 'part-1.parquet': 'table-v2.parquet' },
      [27, 7],
    ],
    ['no test part', { 'train-00000-of-00001.parquet': 'table-none.parquet' }, [14, 3]],
    [
      'many shards',
      Object.fromEntries(
        Array.from({ length: 11 }, (_, i) => [`train-${i}-of-11.parquet`, 'table-none.parquet']),
      ),
      [150, 37],
    ],
  ])('may have %s', async (_, files, counts) => {
    const data = await of(await shards(files))
    expect([data.train.count, data.test.count]).toEqual(counts)
  })

  it('is opened, and tells which files are left out', async () => {
    const dir = await shards({
      ...tables,
      'data/validation-00000-of-00001.parquet': 'table-gzip.parquet',
      'data/unsupervised-00000-of-00001.parquet': 'table-gzip.parquet',
    })
    const options: OpenOptions = { label: 'grade', ignore: ['color'], missing: 'mean', size: 'auto' }
    const data = await open(dir, options)
    expect([data.train.count, data.test.count, data.layout!.unused]).toEqual([40, 20, ['color']])
    expect(data.notices).toEqual(
      expect.arrayContaining([
        'validation-00000-of-00001.parquet left out: what training validates on is set apart from the rows to train on',
        'unsupervised-00000-of-00001.parquet left out: neither to train nor to test on, by their names',
      ]),
    )
    expect((await open(join(dir, 'data'), options)).train.count).toBe(40)
  })

  it('may hold pictures', async () => {
    const dir = await shards({
      'data/train-00000-of-00002.parquet': 'images.parquet',
      'data/train-00001-of-00002.parquet': 'images.parquet',
      'data/test-00000-of-00001.parquet': 'images.parquet',
    })
    const data = await open(dir, { size: 5 })
    expect(data).toMatchObject({ classes: ['cat', 'dog'], inputShape: [3, 5, 5] })
    expect([data.train.count, data.test.count]).toEqual([16, 8])
    expect([...data.train.labels]).toEqual(Array.from({ length: 16 }, (_, i) => i % 2))
    const { inputs } = data.test
    if (!isReader(inputs)) return expect.unreachable('they are read at once')
    const pixels = new Uint8Array(75)
    await inputs.read(Uint32Array.of(3), pixels)
    expect([pixels[12], pixels[37], pixels[62]]).toEqual([60, 195, 3])
  })

  it.each<[string, Record<string, string>, Partial<ParquetOptions>, RegExp]>([
    [
      'a shard is missing',
      {
        'train-00000-of-00003.parquet': 'table-none.parquet',
        'train-00002-of-00003.parquet': 'table-none.parquet',
      },
      {},
      /expected 3 files of the part "train", found 2: number 1 is missing/,
    ],
    [
      'there are none to train on',
      { 'test.parquet': 'table-none.parquet' },
      {},
      /expected Parquet files to train on.*found test.parquet/,
    ],
    [
      'columns differ',
      { 'train.parquet': 'table-none.parquet', 'test.parquet': 'images.parquet' },
      {},
      /test.parquet: expected the columns of .*train.parquet, found others\n {2}they differ in small \(number\)/,
    ],
    [
      'several folders have some',
      { 'a/train.parquet': 'table-none.parquet', 'b/train.parquet': 'table-none.parquet' },
      {},
      /found Parquet files in a, b\n {2}point at one/,
    ],
    [
      'a value is missing',
      tables,
      { missing: 'error' },
      /data.train-00000-of-00002.parquet, row 3, column "small"/,
    ],
    [
      'another share is asked for',
      tables,
      { split: { test: 0.5 } },
      /expected no share of samples to test on/,
    ],
    ['a group is asked for', tables, { split: { group: 'color' } }, /expected no group/],
    [
      'a file is damaged',
      { ...tables, 'data/test-00000-of-00001.parquet': 'stored.npz' },
      {},
      /test-00000-of-00001.parquet: expected a whole Parquet file/,
    ],
    [
      'there is no such file',
      { 'a.npz': 'stored.npz' },
      {},
      /expected a folder of Parquet files, found none in it/,
    ],
  ])('is refused if %s', async (_, files, options, message) => {
    const dir = await shards(files)
    expect((await failureOf(() => of(dir, options))).message).toMatch(message)
  })
})
