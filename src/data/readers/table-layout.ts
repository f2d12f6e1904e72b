import { ensure, GradusError, nearest } from '../../core/index.ts'
import type { CategoricalColumn, Column, ColumnKinds, NumericColumn, Table } from './table.ts'
import { type Feature, MISSING } from './table-features.ts'

/** A column that a network learned from. */
export interface LayoutColumn {
  readonly name: string
  /** Of a column of texts, in the order of its inputs; `(missing)` for what is missing, if that was one. Without, it has numbers. */
  readonly categories?: readonly string[]
  /** What stands in for a missing number. */
  readonly fill?: number
}

/** How a row of a table becomes a sample: plain data, which the exported model has inside. */
export interface TableLayout {
  /** In the order of the inputs. */
  readonly columns: readonly LayoutColumn[]
  /** Names of the columns that are to be predicted. */
  readonly labels: readonly string[]
  /** Names of the other columns that the table had. */
  readonly unused: readonly string[]
}

/** The layout that features come from; those of a column follow one another. */
export function layoutOf(
  features: readonly Feature[],
  others: Pick<TableLayout, 'labels' | 'unused'>,
): TableLayout {
  const columns = new Map<string, { name: string; categories?: string[]; fill?: number }>()
  for (const { column: name, category, fill } of features) {
    if (category !== undefined && columns.has(name)) columns.get(name)!.categories!.push(category)
    else if (category !== undefined) columns.set(name, { name, categories: [category] })
    else columns.set(name, { name, ...(fill !== undefined && { fill }) })
  }
  return { columns: [...columns.values()], ...others }
}

/** How many numbers a row becomes. */
export const layoutWidth = ({ columns }: TableLayout): number =>
  columns.reduce((sum, { categories }) => sum + (categories?.length ?? 1), 0)

/** Names that columns get where a file has no header. */
const UNNAMED = /^column \d+$/

/** Whether the first record of a table of this layout names the columns. */
export const hasHeader = ({ columns, labels, unused }: TableLayout): boolean =>
  ![...columns.map(({ name }) => name), ...labels, ...unused].every((name) => UNNAMED.test(name))

/**
 * How the columns of another table are read, so that its rows are what the network learned from: the same columns, in any order.
 * Those that were there without being learned from may be there or not.
 * @param names of the table's columns.
 * @param ignore names of further columns that do not count.
 * @throws naming all columns that are missing, or that were not there in training.
 */
export function kindsFor(
  { columns, labels, unused }: TableLayout,
  names: readonly string[],
  { where, ignore }: { readonly where: string; readonly ignore: readonly string[] },
): ColumnKinds {
  const listed = (some: readonly string[]) => some.map((name) => JSON.stringify(name)).join(', ')
  const wanted = new Map(columns.map((column) => [column.name, column]))
  const missing = [...wanted.keys()].filter((name) => !names.includes(name))
  const known = new Set([...wanted.keys(), ...labels, ...unused, ...ignore])
  const extra = names.filter((name) => !known.has(name))
  const guesses = missing.flatMap((name) => {
    const guess = nearest(name, extra)
    return guess ? [`is "${guess}" the column "${name}"?`] : []
  })
  ensure(
    missing.length === 0,
    `${where}: expected the columns that the network learned from, but there is no ${listed(missing)}`,
    ...guesses,
    `columns: ${names.join(', ')}`,
  )
  const needless = ignore.filter((name) => !names.includes(name))
  ensure(needless.length === 0, `--ignore: ${where} has no column ${listed(needless)}`)
  ensure(
    extra.length === 0,
    `${where}: expected no columns but those of training, found ${listed(extra)}`,
    `leave out what the network has not seen: --ignore ${extra.join(',')}`,
  )
  return Object.fromEntries(
    names.map((name) => {
      const column = wanted.get(name)
      return [name, column ? (column.categories ? 'categorical' : 'numeric') : 'ignore']
    }),
  )
}

/**
 * Rows of a table as a network takes them, float32 [rows, width].
 * @param table read as {@link kindsFor} says.
 * @throws naming row and column of a missing value that nothing stands in for, and of a category that was not there in training.
 */
export function encodeTable(layout: TableLayout, table: Table): Float32Array<ArrayBuffer> {
  const inputs = new Float32Array(table.rows * layoutWidth(layout))
  const into: Place = { inputs, width: layoutWidth(layout), at: 0 }
  for (const column of layout.columns) {
    const found = table.columns.find(({ name }) => name === column.name)!
    if (column.categories) writeCategories(column.categories, expectCategories(found, table), table, into)
    else writeNumbers(column, found as NumericColumn, table, into)
    into.at += column.categories?.length ?? 1
  }
  return inputs
}

/** Where the numbers of a column go. */
interface Place {
  readonly inputs: Float32Array
  readonly width: number
  at: number
}

function writeNumbers({ fill }: LayoutColumn, { name, values }: NumericColumn, table: Table, into: Place) {
  values.forEach((value, row) => {
    const known = Number.isNaN(value) ? fill : value
    if (known === undefined) throw missingValue(`${table.placeOf(row)}, column "${name}"`)
    into.inputs[row * into.width + into.at] = known
  })
}

function expectCategories(column: Column, { name: where }: Table): CategoricalColumn {
  if (column.kind === 'categorical') return column
  throw new GradusError(
    `${where}: expected categories in column "${column.name}", found over 1,000,000 texts`,
  )
}

function writeCategories(
  known: readonly string[],
  { name, codes, categories }: CategoricalColumn,
  table: Table,
  into: Place,
) {
  const places = categories.map((category) => known.indexOf(category))
  const missing = known.indexOf(MISSING)
  codes.forEach((code, row) => {
    const place = code < 0 ? missing : places[code]!
    if (place < 0) {
      const where = `${table.placeOf(row)}, column "${name}"`
      throw code < 0 ? missingValue(where) : unknownCategory(where, categories[code]!, known)
    }
    into.inputs[row * into.width + into.at + place] = 1
  })
}

const missingValue = (where: string) =>
  new GradusError(`${where}: expected a value, found none`, [
    'none was missing in training, so nothing stands in for one',
    'fill it in, or train with something for missing values: --missing mean',
  ])

function unknownCategory(where: string, found: string, known: readonly string[]): GradusError {
  const shown = known.slice(0, 20).join(', ')
  const more = known.length > 20 ? ` and ${known.length - 20} more` : ''
  return new GradusError(
    `${where}: expected a category that was there in training, found ${JSON.stringify(found)}`,
    [`known: ${shown}${more}`],
  )
}
