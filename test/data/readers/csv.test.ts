import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CsvOptions, csv, readCsv } from '../../../src/data/readers/csv.ts'
import type { CategoricalColumn, Column, NumericColumn } from '../../../src/data/readers/table.ts'
import { folderWith } from '../fixtures.ts'
import { attempt, damaged, expectations, failureOf, fixture, fixtureBytes } from './damage.ts'

/** The cells of a column as texts; undefined where there is none. */
const cellsOf = (column: Column | undefined): (string | undefined)[] => {
  if (column?.kind === 'numeric')
    return [...column.values].map((value) => (Number.isNaN(value) ? undefined : String(value)))
  const { codes, categories } = column as CategoricalColumn
  return [...codes].map((code) => categories[code])
}

describe('readCsv', () => {
  it.each(['quoted.csv', 'quoted-bom.csv.gz', 'quoted-utf16.csv', 'quoted.tsv'])(
    'reads %s as Python wrote it',
    async (name) => {
      const [header, ...rows] = expectations<string[][]>('csv')
      const table = await readCsv({ path: fixture(name) })
      expect(table.name).toBe(name.split('.')[0])
      expect(table.columns.map((column) => column.name)).toEqual(header)
      expect(table.columns.map((column) => column.kind)).toEqual([
        'categorical',
        'categorical',
        'numeric',
        'categorical',
      ])
      const texts = rows.map((row) => row.map((text) => (text === '' ? undefined : text.trim())))
      for (const c of [0, 1, 3]) expect(cellsOf(table.columns[c])).toEqual(texts.map((row) => row[c]))
      expect((table.columns[2] as NumericColumn).values).toEqual(Float64Array.of(1.5, -2000, 0.25, 7))
      expect(table.placeOf(2)).toBe(`${fixture(name)}, line 5`)
    },
  )

  it.each([
    ['commas', 'a,b\n1,2\n3,4', ['a', 'b']],
    ['semicolons before decimals', 'a;b\n1;x,y\n2;z', ['a', 'b']],
    ['tabs', 'a\tb,c\n1\t2\n', ['a', 'b,c']],
    ['bars', 'a|b\n1|2\n', ['a', 'b']],
    ['one column', 'a\n1\n2\n', ['a']],
  ])('sniffs %s', async (_, text, names) => {
    expect((await readCsv({ text })).columns.map(({ name }) => name)).toEqual(names)
  })

  it.each([
    ['names above numbers', 'a,b\n1,2\n3,4', 2],
    ['numbers only', '1,2\n3,4', 2],
    ['texts that come again', 'x,y\ny,x\nx,x\ny,y', 4],
    ['texts above others', 'first,second\nx,y\ny,x', 2],
    ['row numbers of pandas', ',a\n0,5\n1,6', 2],
    ['the same name twice', 'x,x\nx,y\ny,x', 3],
  ])('detects whether there is a header: %s', async (_, text, rows) => {
    expect((await readCsv({ text })).rows).toBe(rows)
  })

  it('does as it is told', async () => {
    const text = '2019!2020\n1!none\n2!-9\n'
    const format = { delimiter: '!', header: true, missing: ['-9'] }
    const table = await readCsv({ text, format, columns: { 2019: 'categorical' } })
    expect(table.columns.map(cellsOf)).toEqual([
      ['1', '2'],
      ['none', undefined],
    ])
  })

  it('takes \\r\\n, \\r, blank lines, blanks around values, and columns that are left out', async () => {
    for (const end of ['\r\n', '\r', '\n']) {
      const text = `\ufeffa, b ,c${end}${end} 1 , x y ,?${end}"2",\tz,NA${end}`
      const table = await readCsv({ text, columns: { c: 'ignore' } })
      expect(table.columns.map((column) => [column.name, cellsOf(column)])).toEqual([
        ['a', ['1', '2']],
        ['b', ['x y', 'z']],
      ])
      expect(table.placeOf(0)).toBe('text, line 3')
    }
  })

  it('orders categories by value, then by characters', async () => {
    const table = await readCsv({ text: 'k\nb\n10\nB\n9\nä\n-1\na\nc\nd\ne', columns: { k: 'categorical' } })
    expect((table.columns[0] as CategoricalColumn).categories).toEqual([
      '-1',
      '9',
      '10',
      'B',
      'a',
      'b',
      'c',
      'd',
      'e',
      'ä',
    ])
  })

  it('streams a file of many pieces, with lines and quotes across them', async () => {
    const record = (i: number) => `${i},"${'line\n'.repeat(i % 4)}${i % 7}",${i / 8}\r\n`
    const text = `n,text,x\r\n${Array.from({ length: 60_000 }, (_, i) => record(i)).join('')}`
    const dir = await folderWith({ 'many.csv.gz': gzipSync(text) })
    const table = await readCsv({ path: `${dir}/many.csv.gz` })
    expect(table.rows).toBe(60_000)
    const [n, kinds, x] = table.columns as [NumericColumn, CategoricalColumn, NumericColumn]
    expect(n.values.every((value, i) => value === i)).toBe(true)
    expect(x.values.every((value, i) => value === i / 8)).toBe(true)
    expect(kinds.categories).toHaveLength(28)
    // Two records in four are of 1.5 lines more on average.
    expect(table.placeOf(40_000)).toMatch(/many.csv.gz, line 100002$/)
  })
})

describe('csv errors name file, line and column', () => {
  const wide = Array.from({ length: 150 }, (_, i) => `${i},name ${i},ticket ${i % 120},${i % 2}`).join('\n')
  it.each<[string, string, Partial<CsvOptions>, RegExp]>([
    [
      'a ragged row',
      'a,b\n1,2\n1,2,3\n',
      {},
      /^text, line 3: expected 2 fields, as many as the header names, found 3/,
    ],
    ['a short row', '1,2\n3\n', {}, /^text, line 2: expected 2 fields, as the first row has, found 1/],
    [
      'text in a column of numbers',
      `a,b\n${'1,2\n'.repeat(10)}x,3\n`,
      { label: 'b' },
      /^text, line 12, column "a": expected a number.*found "x"\n {2}if it is a category: columns: { "a": 'categorical' }/,
    ],
    [
      'infinity',
      'a,b\n1,2\ninf,3\n',
      {},
      /^text, line 3, column "a": expected a number within float32, found "inf"/,
    ],
    ['a number beyond float32', 'a,b\n1,2\n1e300,3\n', {}, /line 3.*within float32, found "1e300"/],
    [
      'a missing value',
      'a,b\n1,2\nNaN,3\n,4\n',
      {},
      /^text, line 3, column "a": expected a value, found none\n {2}values are missing in "a" \(2\)/,
    ],
    ['a missing label', 'a,b\n1,x\n2,\n', { missing: 'mean' }, /line 3, column "b".*\n.*\n.*missing: 'drop'/],
    [
      'nothing but missing values',
      'a,b\n1,\n,2\n',
      { missing: 'drop' },
      /expected rows without missing values/,
    ],
    [
      'one class',
      'a,b\n1,x\n2,x\n',
      {},
      /^table: expected at least two classes, found "x" only, in all 2 samples/,
    ],
    ['one class of numbers', 'a,b\n1,3\n2,3\n', {}, /at least two classes, found "3" only/],
    [
      'a constant to predict',
      'a,b\n1,3.5\n2,3.5\n',
      {},
      /expected different numbers to predict, found b 3.5 only/,
    ],
    [
      'a class of one',
      'a,b\n1,x\n2,x\n3,y',
      {},
      /expected at least 2 samples of each class, found one of "y"/,
    ],
    ['an empty file', '', {}, /^text: expected a table, found no record/],
    ['blank lines', '\n\n\n', {}, /^text: expected a table, found no record/],
    ['a header alone', 'a,b\n', {}, /^text: expected rows, found only the names of the columns/],
    [
      'an unknown label',
      'age,b\n1,2\n',
      { label: 'aeg' },
      /^table: no column "aeg"; did you mean "age"\?\n {2}columns: age, b/,
    ],
    ['a number of no column', 'a,b\n1,2\n', { label: 2 }, /^table: no column 2\n/],
    ['an unknown column', 'a,b\n1,2\n', { columns: { c: 'ignore' } }, /^text: no column "c"/],
    ['a name twice', 'a,a\n1,2\n', { format: { header: true } }, /found "a" twice/],
    ['an open quote', 'a,b\n1,2\n3,"4\n5,6\n', {}, /^text, line 3: expected a quoted field to end in "/],
    ['text after a quote', 'a,b\n"x"y,2\n', {}, /^text, line 2: expected a delimiter after the "/],
    [
      'decimals with commas',
      'a;b\n1,5;2\n2,5;3\n',
      {},
      /^text, line 2, column "a": .*numbers with commas, such as "1,5"/,
    ],
    ['no features', 'a\n1\n2\n', {}, /expected columns to learn from besides the label, found none/],
    [
      'names of people',
      `i,name,ticket,y\n${wide}`,
      { label: 'y', columns: { name: 'categorical', ticket: 'categorical' } },
      /found more in "name" \(150\), "ticket" \(120\)\n.*"name": 'ignore', "ticket": 'ignore'/,
    ],
    ['texts to predict', 'a,b\n1,x\n2,y\n', { task: 'regression' }, /found texts in column "b"/],
    ['an option', 'a,b\n1,2', { lable: 1 } as object, /unknown option of csv "lable"; did you mean "label"/],
    [
      'a policy',
      'a,b\n1,\n',
      { missing: 'keep' as 'drop' },
      /expected missing: 'error', 'drop' or 'mean', got "keep"/,
    ],
    ['a delimiter', 'a,b', { format: { delimiter: ', ' } }, /expected a delimiter of one character/],
  ])('%s', async (_, text, options, message) => {
    const error = await failureOf(() => csv({ text, label: -1, ...options }))
    expect(error.message).toMatch(message)
  })

  it('a file that is missing, no text, a folder, or damaged', async () => {
    const latin = Uint8Array.from([...Buffer.from('a,b\n1,caf'), 0xe9, 10])
    const whole = gzipSync('a,b\n1,2\n'.repeat(100))
    const dir = await folderWith({ 'latin.csv': latin, 'cut.csv.gz': whole.subarray(0, 30), 'empty.csv': '' })
    const of = (name: string) => failureOf(() => readCsv({ path: `${dir}/${name}` })).then(String)
    expect(await of('none.csv')).toMatch(/none.csv: expected a readable file, found nothing/)
    expect(await of('')).toMatch(/found a directory/)
    expect(await of('latin.csv')).toMatch(/latin.csv, line 2: expected text in UTF-8/)
    expect(await of('cut.csv.gz')).toMatch(/cut.csv.gz: expected a whole gzip file/)
    expect(await of('empty.csv')).toMatch(/empty.csv: expected a table, found no record/)
  })

  it('a quote that is open to the end of a long file', async () => {
    const text = `a,b\n1,2\n"3,4\n${'5,6\n'.repeat(2_000_000)}`
    const dir = await folderWith({ 'open.csv': text })
    const error = await failureOf(() => readCsv({ path: `${dir}/open.csv` }))
    expect(error.message).toMatch(/open.csv, line 3: expected a record, found one of more than 4 MiB/)
  })
})

describe('csv read from anything (fuzz)', () => {
  const cell = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.constantFrom('a,b', '"', 'x\ny', '""', ' ', '\t;', 'é', '0x1'),
  )
  const grid = fc
    .tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 6 }))
    .chain(([width, rows]) =>
      fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: rows, maxLength: rows }),
    )

  it('gives back what was quoted (1,000 tables)', async () => {
    const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(grid, async (rows) => {
        const width = rows[0]!.length
        const header = Array.from({ length: width }, (_, i) => `c${i}`)
        const text = [header, ...rows].map((row) => row.map(quote).join(',')).join('\n')
        const columns = Object.fromEntries(header.map((name) => [name, 'categorical'] as const))
        const format = { delimiter: ',', header: true, missing: [] }
        const table = await readCsv({ text, columns, format })
        const blanks = /^[ \t]|[ \t]$/
        const read = (value: string) => {
          const lines = value.replace(/\r\n?/g, '\n')
          return blanks.test(lines) ? lines.trim() : lines
        }
        for (let c = 0; c < width; c++) {
          expect(cellsOf(table.columns[c])).toEqual(rows.map((row) => read(row[c]!)))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('is a table or an error that names the file (1,000 texts)', async () => {
    const piece = fc.constantFrom(
      ',',
      ';',
      '\n',
      '"',
      '1',
      '2.5',
      'x',
      '\r',
      '-',
      'e5',
      'NA',
      '\u0000',
      ' ',
      '\t',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
        const data = await attempt(() => csv({ text: pieces.join(''), label: -1 }))
        if (!data) return
        for (const side of [data.train, data.test]) {
          expect(side.inputs).toHaveLength(side.count * data.features.length)
          expect(side.inputs.every(Number.isFinite)).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each(['quoted.csv', 'quoted-bom.csv.gz', 'quoted-utf16.csv', 'quoted.tsv'])(
    'is a table or an error when %s is damaged (150 files)',
    async (name) => {
      const { writeFile } = await import('node:fs/promises')
      const path = `${await folderWith({ [name]: '' })}/${name}`
      await fc.assert(
        fc.asyncProperty(damaged(fixtureBytes(name)), async (bytes) => {
          await writeFile(path, bytes)
          const table = await attempt(() => readCsv({ path }))
          for (const column of table?.columns ?? []) expect(cellsOf(column)).toHaveLength(table!.rows)
        }),
        { numRuns: 150 },
      )
    },
  )
})
