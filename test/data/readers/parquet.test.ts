import { writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isReader } from '../../../src/data/dataset.ts'
import { type ParquetOptions, parquet } from '../../../src/data/readers/parquet.ts'
import { classNames, ParquetFile } from '../../../src/data/readers/parquet-file.ts'
import { ParquetThread } from '../../../src/data/readers/parquet-thread.ts'
import type { TableData } from '../../../src/data/readers/table-dataset.ts'
import { folderWith } from '../fixtures.ts'
import { attempt, damaged, expectations, failureOf, fixture, fixtureBytes } from './damage.ts'

type Cell = number | string | boolean | null
const { files, columns } = expectations<{ files: string[]; columns: Record<string, Cell[]> }>('parquet')

/** All cells of a column; missing ones are null. */
async function cellsOf(file: ParquetFile, column: string): Promise<Cell[]> {
  const all: Cell[] = []
  for await (const { numbers, texts, bytes } of file.cellsOf(column)) {
    if (numbers) all.push(...[...numbers].map((value) => (Number.isNaN(value) ? null : value)))
    else all.push(...(texts ?? bytes!.map((cell) => cell && Buffer.from(cell).toString())))
  }
  return all
}

describe('a Parquet file', () => {
  it.each(files)('%s is read as it was written', async (name) => {
    const file = await ParquetFile.open(fixture(name))
    expect(file.names).toEqual(Object.keys(columns))
    expect(file.rows).toBe(20)
    for (const [column, cells] of Object.entries(columns)) {
      const expected = cells.map((cell) => (typeof cell === 'boolean' ? String(cell) : cell))
      expect(await cellsOf(file, column)).toEqual(expected)
    }
    await file.close()
  })

  it('becomes a table', async () => {
    const path = fixture('table-snappy.parquet')
    const data = (await parquet({ path, label: 'grade', missing: 'drop' })) as TableData
    expect(data).toMatchObject({ name: 'table-snappy', task: 'classification', classes: ['high', 'low'] })
    expect(data.features.map(({ name }) => name)).toEqual([
      'small',
      'wide',
      'float',
      'double',
      'flag=false',
      'flag=true',
      'color=blue',
      'color=green',
      'color=red',
    ])
    expect(data.train.count + data.test.count).toBe(17)
    expect(data.notices).toEqual([
      '3 of 20 rows are left out, which lack values of "small" (1), "double" (1), "color" (1)',
    ])
  })

  it.each<[string, Partial<ParquetOptions>, RegExp]>([
    [
      'missing values',
      { label: 'grade' },
      /table-none.parquet, row 3, column "small": expected a value, found none/,
    ],
    ['an unknown label', { label: 'grad' }, /no column "grad"; did you mean "grade"\?/],
    ['no label', {}, /expected the column to learn, such as label: 'grade'\n {2}columns: small, wide/],
    [
      'texts as numbers',
      { label: 'grade', columns: { color: 'numeric' } },
      /expected numbers in column "color"/,
    ],
    ['images of a table', { label: 'grade', images: { size: 8 } }, /expected a column of images, found none/],
    ['an option', { lable: 'grade' } as object, /unknown option of parquet "lable"/],
  ])('refuses %s', async (_, options, message) => {
    const error = await failureOf(() => parquet({ path: fixture('table-none.parquet'), ...options }))
    expect(error.message).toMatch(message)
  })

  it('is refused when it is missing, another, or cut short', async () => {
    const whole = fixtureBytes('table-none.parquet')
    const dir = await folderWith({
      'cut.parquet': whole.subarray(0, 600),
      'other.parquet': 'a,b\n1,2\n'.repeat(9),
      'empty.parquet': '',
    })
    const of = (name: string) => failureOf(() => parquet({ path: `${dir}/${name}`, label: 'a' })).then(String)
    expect(await of('none.parquet')).toMatch(/none.parquet: expected a readable file, found nothing/)
    for (const name of ['cut.parquet', 'other.parquet', 'empty.parquet']) {
      expect(await of(name)).toMatch(new RegExp(`${name}: expected a whole Parquet file`))
    }
  })
})

describe('a Parquet file of pictures, as Hugging Face has them', () => {
  const path = fixture('images.parquet')

  it('becomes pictures of one size, with the names of their classes', async () => {
    const data = await parquet({ path, images: { size: [4, 5], fit: 'fill' } })
    expect(data).toMatchObject({
      task: 'classification',
      classes: ['cat', 'dog'],
      inputShape: [3, 4, 5],
      fit: 'fill',
    })
    expect([data.train.count, data.test.count]).toEqual([6, 2])
    const { inputs, labels } = data.train
    const pixels = new Uint8Array(6 * 60)
    if (!isReader(inputs)) return expect.unreachable('it is read at once')
    await inputs.read(Uint32Array.of(0, 1, 2, 3, 4, 5), pixels)
    for (let i = 0; i < 6; i++) {
      const [red, green, blue] = [0, 20, 40].map((plane) => pixels[60 * i + plane]!)
      const picture = red! / 20
      expect([red, green, blue]).toEqual([20 * picture, 255 - 20 * picture, picture])
      expect(labels[i]).toBe(picture % 2)
    }
  })

  it('needs to know what pictures of several sizes become', async () => {
    const error = await failureOf(() => parquet({ path }))
    expect(error.message).toMatch(/images.parquet: expected pictures of one size, found 5x6 and 5x7/)
  })

  it('names the classes of its columns', async () => {
    const file = await ParquetFile.open(path)
    expect([classNames(file, 'label'), classNames(file, 'image')]).toEqual([['cat', 'dog'], undefined])
    await file.close()
  })

  it('is a table without them', async () => {
    const error = await failureOf(() => parquet({ path, columns: { image: 'ignore' } }))
    expect(error.message).toMatch(/expected columns to learn from besides the label, found none/)
  })
})

describe('a hostile Parquet file', () => {
  it('cannot take more memory or time than it is given', async () => {
    const small = new ParquetThread(fixture('table-plain.parquet'), { heap: 1 })
    expect((await failureOf(() => small.content())).message).toMatch(/expected a table that fits into memory/)
    await small.close()
    // A damaged copy of table-v2.parquet, found by fuzzing, in which the reader goes round in circles.
    const endless = new ParquetThread(fixture('loop.parquet'), { patience: 1500 })
    const { columns } = await endless.content()
    const readAll = async () => {
      for (const { name } of columns) await endless.cells({ group: 0, column: name })
    }
    expect((await failureOf(readAll)).message).toMatch(/loop.parquet: .*reading it takes too long/)
    expect((await failureOf(readAll)).message).toMatch(/reading it takes too long/)
    await endless.close()
  })

  // A thread for each file: fewer of them than elsewhere. Now and then one of them keeps the reader going until its patience of a
  // minute is at its end, which is an error as it should be.
  it.each([
    'table-none.parquet',
    'table-snappy.parquet',
    'table-v2.parquet',
    'table-delta.parquet',
    'images.parquet',
  ])(
    'is a data set or an error when %s is damaged (12 files)',
    async (name) => {
      const path = `${await folderWith({ [name]: '' })}/${name}`
      const options =
        name === 'images.parquet' ? { images: { size: 4 } } : { label: 'grade', missing: 'mean' as const }
      const property = fc.asyncProperty(damaged(fixtureBytes(name)), async (bytes) => {
        await writeFile(path, bytes)
        const data = await attempt(() => parquet({ path, ...options }))
        for (const { inputs, labels, count } of data ? [data.train, data.test] : []) {
          expect(labels).toHaveLength(count)
          if (!isReader(inputs)) expect(inputs.every(Number.isFinite)).toBe(true)
        }
      })
      await fc.assert(property, { numRuns: 12 })
    },
    200_000,
  )
})
