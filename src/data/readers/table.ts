import { GradusError, nearest } from '../../core/index.ts'

/** A column of numbers. */
export interface NumericColumn {
  readonly name: string
  readonly kind: 'numeric'
  /** [rows]; NaN where a value is missing. */
  readonly values: Float64Array
}

/** A column of texts, each one of a few categories. */
export interface CategoricalColumn {
  readonly name: string
  readonly kind: 'categorical'
  /** The category of each row, [rows]; -1 where it is missing. */
  readonly codes: Int32Array
  /** In order: numbers by value, before texts by their characters' codes. */
  readonly categories: readonly string[]
}

/** A column of texts of which hardly two are alike, such as names: no features, and not kept. */
export interface TextColumn {
  readonly name: string
  readonly kind: 'text'
}

export type Column = NumericColumn | CategoricalColumn | TextColumn

/** Columns of equal length, from a CSV or Parquet file. */
export interface Table {
  /** The file, for messages. */
  readonly name: string
  readonly rows: number
  readonly columns: readonly Column[]
  /** Names of the file's other columns, which were not read. */
  readonly ignored: readonly string[]
  /** Where a row (the first is 0) stands, such as `cars.csv, line 12`. */
  readonly placeOf: (row: number) => string
  /** What a row is called (default: its place in the file, such as `line 12`). */
  readonly nameOf?: (row: number) => string
  /** The first of the rows to test on, which come last; undefined if none are set apart. */
  readonly testFrom?: number
  /** What a person should know. */
  readonly notices: readonly string[]
}

/** How a column is read: `ignore` leaves it out. */
export type ColumnKind = 'numeric' | 'categorical' | 'ignore'
/** How columns are read, by their names. */
export type ColumnKinds = Readonly<Record<string, ColumnKind>>

/** A column by its name, or by its number: the first is 0, the last -1. */
export type ColumnKey = string | number

/**
 * The name among `names` that `key` means.
 * @throws if there is none; suggests the nearest name.
 */
export function columnName(names: readonly string[], key: ColumnKey, where: string): string {
  const name = typeof key === 'number' ? names.at(key) : names.find((other) => other === key)
  if (name !== undefined && (typeof key === 'string' || Number.isInteger(key))) return name
  const guess = typeof key === 'string' ? nearest(key, names) : undefined
  const shown =
    names.length > 40 ? `${names.slice(0, 40).join(', ')} and ${names.length - 40} more` : names.join(', ')
  throw new GradusError(
    `${where}: no column ${JSON.stringify(key)}${guess ? `; did you mean "${guess}"?` : ''}`,
    [`columns: ${shown}`],
  )
}

/** Whether a row has no value in a column. */
export function isMissing(column: Column, row: number): boolean {
  if (column.kind === 'numeric') return Number.isNaN(column.values[row])
  return column.kind === 'categorical' && column.codes[row]! < 0
}

/** How many values a column lacks, and the first row without one (-1 if there is none). */
export function missingOf(column: Column, rows: number): { count: number; first: number } {
  let count = 0
  let first = -1
  for (let row = 0; row < rows; row++) {
    if (!isMissing(column, row)) continue
    if (count++ === 0) first = row
  }
  return { count, first }
}

/** The rows for which `keep` holds; categories that none of them has go. */
export function filterRows(table: Table, keep: (row: number) => boolean): Table {
  const kept = Uint32Array.from({ length: table.rows }, (_, row) => row).filter(keep)
  const columns = table.columns.map((column): Column => {
    if (column.kind === 'text') return column
    return column.kind === 'numeric'
      ? { ...column, values: Float64Array.from(kept, (row) => column.values[row]!) }
      : withoutUnused({ ...column, codes: Int32Array.from(kept, (row) => column.codes[row]!) })
  })
  const { nameOf, testFrom } = table
  return {
    ...table,
    rows: kept.length,
    columns,
    placeOf: (row) => table.placeOf(kept[row]!),
    ...(nameOf && { nameOf: (row: number) => nameOf(kept[row]!) }),
    ...(testFrom !== undefined && { testFrom: kept.filter((row) => row < testFrom).length }),
  }
}

function withoutUnused(column: CategoricalColumn): CategoricalColumn {
  const used = new Set(column.codes)
  const kept = column.categories.map((_, code) => code).filter((code) => used.has(code))
  const place = new Map(kept.map((code, i) => [code, i]))
  return {
    ...column,
    codes: column.codes.map((code) => place.get(code) ?? -1),
    categories: kept.map((code) => column.categories[code]!),
  }
}

/** Numbers by value, then texts by their characters' codes: an order that no machine's language changes. */
export function byCategory(a: string, b: string): number {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1
  if (x !== y && !Number.isNaN(x)) return x - y
  return a < b ? -1 : Number(a > b)
}

const ZERO = 48
const NINE = 57

/**
 * The number that a text says in decimal notation, with a sign or an exponent if need be; infinite if it is beyond float64
 * or says so ("inf", "-Infinity"); NaN if it is no number. Blanks around it do not count.
 */
export function numberOf(text: string): number {
  const value = Number(text)
  const first = text.charCodeAt(0)
  if (first > ZERO && first <= NINE && !Number.isNaN(value)) return value
  // What JavaScript takes for a number besides: nothing, blanks, and notation as of programs (0x10, 0b1, 0o7).
  if (!Number.isNaN(value)) return /^\s*$|^\s*0[xob]/i.test(text) ? Number.NaN : value
  const match = /^\s*([+-]?)inf(inity)?\s*$/i.exec(text)
  if (!match) return Number.NaN
  return match[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
