import { describe, expect, it } from 'vitest'
import { csv } from '../../../src/data/readers/csv.ts'
import type { TableData } from '../../../src/data/readers/table-dataset.ts'

const HEADER = 'age,color,id,price,kind'
const COLORS = ['red', 'green', 'blue']
/** Forty rows; `age` is the number of the row over 2. */
const rows = Array.from({ length: 40 }, (_, i) => [
  String(i / 2),
  COLORS[i % 3]!,
  String(i),
  String(100 + i * 1.5),
  i % 4 === 0 ? 'b' : 'a',
])
const text = [HEADER, ...rows.map((row) => row.join(','))].join('\n')

/** All samples as texts, to find rows whatever side they are on. */
const samplesOf = ({ train, test, features }: TableData): string[] =>
  [train, test].flatMap((side) =>
    Array.from({ length: side.count }, (_, i) => {
      const inputs = side.inputs.subarray(i * features.length, (i + 1) * features.length)
      return `${[...inputs].join(' ')} -> ${side.labels[i]}`
    }),
  )

describe('a data set from a table', () => {
  it('has numbers as they are, categories one-hot, and texts as classes', async () => {
    const data = await csv({ text, label: 'kind', columns: { price: 'ignore' } })
    expect(data.features.map(({ name }) => name)).toEqual(['age', 'color=blue', 'color=green', 'color=red'])
    expect(data.features[2]).toEqual({ name: 'color=green', column: 'color', category: 'green' })
    expect(data).toMatchObject({
      name: 'table',
      task: 'classification',
      classes: ['a', 'b'],
      inputShape: [4],
    })
    expect(data.notices).toEqual([
      `column "id" is left out: it numbers the rows (columns: { "id": 'numeric' } keeps it)`,
    ])
    const expected = rows.map(([age, color, , , kind]) => {
      const hot = ['blue', 'green', 'red'].map((other) => Number(other === color))
      return `${age} ${hot.join(' ')} -> ${kind === 'a' ? 0 : 1}`
    })
    expect(samplesOf(data).sort()).toEqual(expected.sort())
  })

  it('sets a test part apart in which every class has its share, the same with the same seed', async () => {
    const of = (seed?: number) => csv({ text, label: 'kind', split: { test: 0.3, seed } as { test: number } })
    const [data, same, other] = await Promise.all([of(), of(0), of(1)])
    expect([data.train.count, data.test.count]).toEqual([28, 12])
    expect([...data.test.labels].filter((label) => label === 1)).toHaveLength(3)
    const rowsOf = ({ train, test }: typeof data) => [train.inputs, train.labels, test.inputs, test.labels]
    expect(rowsOf(same)).toEqual(rowsOf(data))
    expect(other.test.inputs).not.toEqual(data.test.inputs)
  })

  it('keeps the rows of a group on the same side, and does not learn from the group', async () => {
    const data = await csv({ text, label: 'kind', split: { group: 'color' } })
    expect(data.features.map(({ column }) => column)).toEqual(['age', 'price'])
    const colorsOf = (ages: Float32Array) =>
      new Set([...ages].filter((_, i) => i % 2 === 0).map((age) => COLORS[(2 * age) % 3]))
    const [train, test] = [colorsOf(data.train.inputs), colorsOf(data.test.inputs)]
    expect(train.size + test.size).toBe(3)
  })

  it('predicts numbers', async () => {
    const data = await csv({ text, label: 'price', columns: { id: 'ignore' } })
    expect(data).toMatchObject({ task: 'regression', targets: ['price'] })
    expect(data.train.labels).toBeInstanceOf(Float32Array)
    expect(data.notices[0]).toMatch(/^price: a number to predict/)
    const ages = data.train.inputs.filter((_, i) => i % data.features.length === 0)
    expect(data.train.labels).toEqual(ages.map((age) => 100 + 3 * age))
  })

  it('predicts several numbers, by name or number', async () => {
    const data = await csv({ text, label: ['age', -2] })
    expect(data).toMatchObject({ task: 'regression', targets: ['age', 'price'] })
    for (let i = 0; i < data.train.count; i++) {
      expect(data.train.labels[2 * i + 1]).toBe(100 + 3 * data.train.labels[2 * i]!)
    }
  })

  it('makes classes of few whole numbers, in order, and of others if asked', async () => {
    const grades = `x,grade\n${Array.from({ length: 20 }, (_, i) => `${i / 3},${[10, 9, -1][i % 3]}`).join('\n')}`
    const data = await csv({ text: grades, label: 'grade' })
    expect(data).toMatchObject({ task: 'classification', classes: ['-1', '9', '10'] })
    expect(data.notices).toEqual([
      "grade: 3 classes, for it has as many different whole numbers (task: 'regression' predicts them)",
    ])
    expect(await csv({ text: grades, label: 'grade', task: 'regression' })).toMatchObject({
      targets: ['grade'],
    })
    const halves = grades.replaceAll('10', '9.5')
    expect(await csv({ text: halves, label: 'grade' })).toMatchObject({ task: 'regression' })
    const asked = await csv({ text: halves, label: 'grade', task: 'classification' })
    expect(asked).toMatchObject({ classes: ['-1', '9', '9.5'], notices: [] })
  })

  describe('with missing values', () => {
    const holes = [
      HEADER,
      ...rows.map((row, i) => row.map((cell, c) => ((i + c) % 9 === 0 && c < 2 ? '' : cell)).join(',')),
    ].join('\n')

    it('leaves rows out', async () => {
      const data = await csv({ text: holes, label: 'kind', missing: 'drop', columns: { id: 'numeric' } })
      expect(data.train.count + data.test.count).toBe(31)
      expect(data.notices).toEqual(['9 of 40 rows are left out, which lack values of "age" (5), "color" (4)'])
    })

    it('fills in the mean of the training rows, and counts a missing category as one', async () => {
      const data = await csv({
        text: holes,
        label: 'kind',
        missing: 'mean',
        columns: { id: 'numeric', price: 'ignore' },
      })
      expect(data.features.map(({ name }) => name)).toEqual([
        'age',
        'color=blue',
        'color=green',
        'color=red',
        'color=(missing)',
        'id',
      ])
      const idsOf = (inputs: Float32Array) => [...inputs].filter((_, i) => i % 6 === 5)
      const known = idsOf(data.train.inputs).filter((id) => id % 9 !== 0)
      const mean = Math.fround(known.reduce((sum, id) => sum + id / 2, 0) / known.length)
      expect(data.features[0]!.fill).toBe(mean)
      for (const { inputs, count } of [data.train, data.test]) {
        for (let i = 0; i < count; i++) {
          const [age, blue, green, red, missing, id] = inputs.subarray(
            6 * i,
            6 * i + 6,
          ) as unknown as number[]
          expect(age).toBe(id! % 9 === 0 ? mean : id! / 2)
          expect(missing).toBe(Number((id! + 1) % 9 === 0))
          expect(blue! + green! + red! + missing!).toBe(1)
        }
      }
      expect(data.notices).toEqual(['missing values of "age" (5), "color" (4) are filled in'])
    })

    it('leaves a column without any out', async () => {
      const data = await csv({ text: 'a,b,c\n1,,x\n2,,y\n3,,x\n4,,y', label: 'c' })
      expect(data.features.map(({ name }) => name)).toEqual(['a'])
      expect(data.notices).toEqual(['column "b" is left out: it has no values'])
    })
  })

  it('leaves out texts that are no categories, and calls rows by their lines', async () => {
    const rows = Array.from({ length: 150 }, (_, i) => `person ${i},${i % 7},${i % 3 ? 'yes' : 'no'}`)
    const data = await csv({ text: ['name,days,ok', ...rows].join('\n'), label: 'ok' })
    expect(data.features.map(({ name }) => name)).toEqual(['days'])
    expect(data.notices).toEqual([
      'column "name" is left out: it has 150 different texts, which tell rows apart and not what they are like',
    ])
    const lines = Array.from({ length: data.train.count }, (_, i) => Number(data.train.nameOf!(i).slice(5)))
    expect(lines.map((line) => (line - 2) % 7)).toEqual([...data.train.inputs])
  })
})
