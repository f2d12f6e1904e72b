import { describe, expect, it } from 'vitest'
import { type CsvOptions, csv } from '../../../src/data/readers/csv.ts'
import { parquet } from '../../../src/data/readers/parquet.ts'
import { readRows } from '../../../src/data/readers/read-rows.ts'
import type { TableData } from '../../../src/data/readers/table-dataset.ts'
import { folderWith } from '../fixtures.ts'
import { failureOf, fixture } from './damage.ts'

const COLORS = ['red', 'green', 'blue']
const rows = Array.from({ length: 40 }, (_, i) => [i, i / 2, COLORS[i % 3]!, i % 4 === 0 ? 'b' : 'a'])
const text = ['id,age,color,kind', ...rows.map((row) => row.join(','))].join('\n')

const learned = (options: Partial<CsvOptions> = {}) => csv({ text, label: 'kind', ...options })

/** What a table becomes for a network that learned from another. */
async function read({ layout }: TableData, content: string, ignore?: string[], name = 'new.csv') {
  const dir = await folderWith({ [name]: content })
  return readRows(`${dir}/${name}`, layout, ignore && { ignore })
}

describe('a table for a network that learned from another', () => {
  it('knows the columns that it was made of, and what they were for', async () => {
    expect((await learned()).layout).toEqual({
      columns: [{ name: 'age' }, { name: 'color', categories: ['blue', 'green', 'red'] }],
      labels: ['kind'],
      unused: ['id'],
    })
    const grouped = await learned({ split: { group: 'color' }, columns: { age: 'ignore', id: 'numeric' } })
    expect(grouped.layout).toEqual({ columns: [{ name: 'id' }], labels: ['kind'], unused: ['age', 'color'] })
  })

  it('is read as in training: every sample is the same', async () => {
    const data = await learned()
    const { inputs, count, placeOf } = await read(data, text)
    expect([count, inputs.length, placeOf(38)]).toEqual([40, 160, { kind: 'line', number: 40 }])
    for (const side of [data.train, data.test])
      for (let i = 0; i < side.count; i++) {
        const row = Number(side.nameOf!(i).replace('line ', '')) - 2
        expect(inputs.subarray(4 * row, 4 * row + 4)).toEqual(side.inputs.subarray(4 * i, 4 * i + 4))
      }
  })

  it('may have its columns in another order, and need not have those that nothing is learned from', async () => {
    const { inputs } = await read(await learned(), 'color\tage\ngreen\t7\nred\t-1e3\n', undefined, 'new.tsv')
    expect([...inputs]).toEqual([7, 0, 1, 0, -1000, 0, 0, 1])
    const { inputs: one } = await read(await learned(), 'more,color,age\n?,blue,1\n', ['more'])
    expect([...one]).toEqual([1, 1, 0, 0])
  })

  it('may have no header if that of training had none', async () => {
    const data = await csv({
      text: text.slice(text.indexOf('\n') + 1),
      label: -1,
      columns: { 'column 1': 'ignore' },
    })
    const { inputs } = await read(data, '1,5,red\n2,6,blue\n')
    expect([...inputs]).toEqual([5, 0, 0, 1, 6, 1, 0, 0])
  })

  it('may lack values where something stands in for them', async () => {
    const holes = text.replace('\n6,3,', '\n6,,').replace('\n7,3.5,green', '\n7,3.5,')
    const data = await csv({ text: `${holes}\n`, label: 'kind', missing: 'mean' })
    const [age, color] = data.layout.columns
    expect(color!.categories).toEqual(['blue', 'green', 'red', '(missing)'])
    const { inputs } = await read(data, 'age,color\nNA,red\n2,\n')
    expect([...inputs]).toEqual([age!.fill, 0, 0, 1, 0, 2, 0, 0, 0, 1])
    // Told to fill in, training knows a mean of every column, also of those that lacked nothing then.
    const whole = await learned({ missing: 'mean', columns: { id: 'numeric' } })
    expect(whole.layout.columns.map(({ fill }) => fill)).toEqual([
      expect.any(Number),
      expect.any(Number),
      undefined,
    ])
  })

  it('may be Parquet, and come from Parquet', async () => {
    const path = fixture('table-snappy.parquet')
    const data = (await parquet({ path, label: 'grade', missing: 'mean' })) as TableData
    const { inputs, count, placeOf } = await readRows(path, data.layout)
    expect([count, placeOf(3)]).toEqual([20, { kind: 'row', number: 3 }])
    const width = data.features.length
    for (const side of [data.train, data.test])
      for (let i = 0; i < side.count; i++) {
        const row = Number(side.nameOf!(i).replace('row ', ''))
        expect(inputs.subarray(width * row, width * (row + 1))).toEqual(
          side.inputs.subarray(width * i, width * (i + 1)),
        )
      }
  })

  it.each<[string, string, RegExp]>([
    ['missing columns', 'x,y\n1,2\n', /but there is no "age", "color"\n {2}columns: x, y/],
    [
      'a column of another name',
      'Color,age\nred,2\n',
      /there is no "color"\n {2}is "Color" the column "color"\?/,
    ],
    ['unknown columns', 'age,color,x,y\n1,red,2,3\n', /found "x", "y"\n {2}.*--ignore x,y/],
    [
      'an unknown category',
      'age,color\n1,red\n2,pink\n',
      /line 3, column "color": .*found "pink"\n {2}known: blue, green, red/,
    ],
    ['a missing number', 'age,color\n1,red\n,red\n', /line 3, column "age": expected a value, found none/],
    ['a missing category', 'age,color\n1,\n', /line 2, column "color": expected a value, found none/],
    [
      'text among numbers',
      'age,color\nold,red\n',
      /line 2, column "age": expected a number, found "old"\n {2}put it right/,
    ],
    ['no rows', 'age,color\n', /expected rows/],
    ['nothing', '', /expected a table, found no record/],
  ])('is refused with %s', async (_, content, message) => {
    const data = await learned()
    expect((await failureOf(() => read(data, content))).message).toMatch(message)
  })

  it('is no file of arrays', async () => {
    const { layout } = await learned()
    expect((await failureOf(() => readRows(fixture('stored.npz'), layout))).message).toMatch(
      /expected a table/,
    )
  })
})
