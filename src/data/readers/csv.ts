import { basename, extname } from 'node:path'
import { ensure, ensureKnownOptions, GradusError } from '../../core/index.ts'
import { type ColumnBuilder, categoryBuilder, Growing, numericBuilder } from './column-builders.ts'
import { delimitedRows, type Row } from './delimited.ts'
import { type ColumnKind, type ColumnKinds, columnName, numberOf, type Table } from './table.ts'
import { type TableData, type TableOptions, tableDataset } from './table-dataset.ts'
import { lineFeeds, textPieces } from './text-pieces.ts'

export interface CsvFormat {
  /** One character (default: sniffed among comma, tab, semicolon and bar). */
  delimiter?: string
  /** Whether the first record names the columns (default: detected). */
  header?: boolean
  /** What stands for a missing value (default: nothing, NA, N/A, NaN, null, None and ?, in any case). */
  missing?: readonly string[]
}

export interface CsvReadOptions {
  /** The file, plain or gzipped; or `text`. */
  path?: string
  /** The table itself. */
  text?: string
  /**
   * How a column is read, by its name (default: as its first 1,000 rows suggest); or a function that says so of the names of
   * all columns.
   */
  columns?: ColumnKinds | ((names: readonly string[]) => ColumnKinds)
  format?: CsvFormat
}

export interface CsvOptions extends Omit<CsvReadOptions, 'columns'>, TableOptions {}

/** So many records decide whether there is a header, and what the columns hold. */
const SAMPLE = 1000
/** From this share of numbers on, a column is one of numbers, and a text in it an error. */
const MOSTLY = 0.9
const MISSING = ['', 'na', 'n/a', 'nan', 'null', 'none', '?']

/**
 * A data set from a CSV or TSV file: numbers become one feature each, categories one feature per category (one-hot).
 *
 * A label of texts, or of at most 20 different whole numbers, makes classes; other numbers are predicted. A part of the
 * rows is set apart to test on.
 * @throws naming file, line and column: rows of other lengths, text in a column of numbers, infinite numbers, missing
 *   values (unless `missing` says what to do), a single class, an unknown column, an empty file.
 */
export async function csv(options: CsvOptions): Promise<TableData> {
  const known = ['path', 'text', 'label', 'task', 'columns', 'missing', 'format', 'split']
  ensureKnownOptions('csv', options, known)
  return tableDataset(await readCsv(options), options)
}

/**
 * Reads a CSV or TSV file into typed columns, as a stream: 100 MB take a few seconds, and the memory of the columns.
 * See {@link csv} for what it takes and when it throws.
 */
export async function readCsv(options: CsvReadOptions): Promise<Table> {
  const { path, text, format = {}, columns = {} } = options
  ensure(
    (path === undefined) !== (text === undefined),
    'csv: expected either a path or a text',
    "for example csv({ path: 'cars.csv', label: 'price' })",
  )
  ensureKnownOptions('csv format', format, ['delimiter', 'header', 'missing'])
  const { delimiter } = format
  ensure(
    delimiter === undefined || (delimiter.length === 1 && !/["\r\n]/.test(delimiter)),
    `csv: expected a delimiter of one character, got ${JSON.stringify(delimiter)}`,
  )
  const where = path ?? 'text'
  const pieces = path === undefined ? once(lineFeeds(text!.replace(/^\ufeff/, ''))) : textPieces(path)
  const name =
    path === undefined ? 'table' : basename(path.replace(/\.gz$/i, ''), extname(path.replace(/\.gz$/i, '')))
  return readRows(delimitedRows(pieces, delimiter, where), { where, name, format, columns })
}

async function* once(text: string): AsyncGenerator<string, void, undefined> {
  yield text
}

interface Reading {
  readonly where: string
  readonly name: string
  readonly format: CsvFormat
  readonly columns: NonNullable<CsvReadOptions['columns']>
}

async function readRows(parts: AsyncGenerator<readonly Row[]>, reading: Reading): Promise<Table> {
  const sample: Row[] = []
  let builder: TableBuilder | undefined
  for await (const rows of parts) {
    if (builder) builder.add(rows)
    else {
      for (const row of rows) sample.push(row)
      if (sample.length <= SAMPLE) continue
      builder = new TableBuilder(sample.slice(0, SAMPLE + 1), reading)
      builder.add(sample.slice(builder.headerRows))
    }
  }
  if (builder) return builder.finish()
  builder = new TableBuilder(sample, reading)
  builder.add(sample.slice(builder.headerRows))
  return builder.finish()
}

/** Puts records into columns, once the first of them have said what the columns are. */
class TableBuilder {
  /** 1 if the first record names the columns. */
  readonly headerRows: number
  readonly #reading: Reading
  readonly #names: readonly string[]
  /** Undefined for a column that is left out. */
  readonly #builders: readonly (ColumnBuilder | undefined)[]
  readonly #missing: ReadonlySet<string>
  /** The characters that a missing value can begin with. */
  readonly #firsts: ReadonlySet<number>
  readonly #lines = new Growing(new Uint32Array(0))

  constructor(sample: readonly Row[], reading: Reading) {
    const { where, format } = reading
    this.#reading = reading
    this.#missing = new Set((format.missing ?? MISSING).map((text) => text.toLowerCase()))
    const firsts = [...this.#missing].flatMap((text) => [text, text.toUpperCase()])
    this.#firsts = new Set([' ', '\t', ...firsts].map((text) => text.charCodeAt(0)))
    ensure(sample.length > 0, `${where}: expected a table, found no record`)
    const isHeader = format.header ?? looksLikeHeader(sample, this.#missing)
    this.headerRows = Number(isHeader)
    const body = sample.slice(this.headerRows)
    ensure(body.length > 0, `${where}: expected rows, found only the names of the columns`)
    this.#names = namesOf(sample[0]!.cells, isHeader, where)
    const columns = typeof reading.columns === 'function' ? reading.columns(this.#names) : reading.columns
    for (const name of Object.keys(columns)) columnName(this.#names, name, where)
    this.#builders = this.#names.map((name, i) => {
      const kind = columns[name] ?? this.#guess(body, i, name)
      if (kind === 'ignore') return undefined
      const isGuess = columns[name] === undefined
      return kind === 'numeric' ? numericBuilder(name, where, isGuess) : categoryBuilder(name)
    })
  }

  #guess(body: readonly Row[], column: number, name: string): ColumnKind {
    const given = body.filter(({ cells }) => !this.#isMissing(cells[column] ?? ''))
    const isMostly = (holds: (text: string) => boolean) =>
      given.filter(({ cells }) => holds(cells[column]!)).length >= MOSTLY * given.length
    if (isMostly((text) => !Number.isNaN(numberOf(text)))) return 'numeric'
    const { cells, line } = given[0]!
    ensure(
      !isMostly((text) => /^\s*[+-]?\d+(,\d+)+(\.\d+)?\s*$/.test(text)),
      `${this.#reading.where}, line ${line}, column "${name}": expected numbers or texts, found numbers with commas, ` +
        `such as ${JSON.stringify(cells[column])}`,
      `write decimals with a point, and thousands without a mark; or columns: { ${JSON.stringify(name)}: 'categorical' }`,
    )
    return 'categorical'
  }

  #isMissing(text: string): boolean {
    // Most texts can be told from their first character.
    if (text !== '' && !this.#firsts.has(text.charCodeAt(0))) return false
    return this.#missing.has(text.trim().toLowerCase())
  }

  add(rows: readonly Row[]): void {
    const width = this.#names.length
    for (const { cells, line } of rows) {
      if (cells.length !== width) throw this.#ragged(cells.length, line)
      this.#lines.push(line)
      for (let i = 0; i < width; i++) {
        const builder = this.#builders[i]
        if (!builder) continue
        const text = cells[i]!
        builder.add(this.#isMissing(text) ? undefined : trimmed(text), line)
      }
    }
  }

  #ragged(found: number, line: number): GradusError {
    const width = this.#names.length
    const like = this.headerRows ? 'as many as the header names' : 'as the first row has'
    return new GradusError(
      `${this.#reading.where}, line ${line}: expected ${width} fields, ${like}, found ${found}`,
      [
        found > width
          ? 'put a field that holds the delimiter between quotes'
          : `columns: ${this.#names.slice(0, 12).join(', ')}`,
      ],
    )
  }

  finish(): Table {
    const { where, name } = this.#reading
    const lines = this.#lines.finish()
    return {
      name,
      rows: lines.length,
      columns: this.#builders.flatMap((builder) => (builder ? [builder.finish()] : [])),
      ignored: this.#names.filter((_, i) => !this.#builders[i]),
      placeOf: (row) => `${where}, line ${lines[row]}`,
      notices: [],
    }
  }
}

/** Blanks around a value do not count: many files have them after each delimiter. */
function trimmed(text: string): string {
  const isBlank = (code: number) => code === 32 || code === 9
  return isBlank(text.charCodeAt(0)) || isBlank(text.charCodeAt(text.length - 1)) ? text.trim() : text
}

/**
 * Whether the first record names the columns: it has no numbers, nothing twice, and not just what the rows below hold, too.
 */
function looksLikeHeader([first, ...rest]: readonly Row[], missing: ReadonlySet<string>): boolean {
  const names = first!.cells.map((text) => text.trim())
  if (new Set(names).size < names.length) return false
  // A first column without a name is the row numbers that pandas writes.
  const isName = (text: string, i: number) =>
    (i === 0 && text === '' && names.length > 1) ||
    (Number.isNaN(numberOf(text)) && !missing.has(text.toLowerCase()))
  if (!names.every(isName)) return false
  const isValue = (text: string, i: number) => rest.some(({ cells }) => cells[i]?.trim() === text)
  return rest.length === 0 || !names.every(isValue)
}

function namesOf(cells: readonly string[], isHeader: boolean, where: string): string[] {
  const names = cells.map((text, i) => (isHeader && text.trim() !== '' ? text.trim() : `column ${i + 1}`))
  const twice = names.find((name, i) => names.indexOf(name) < i)
  ensure(twice === undefined, `${where}: expected a name of its own for each column, found "${twice}" twice`)
  return names
}
