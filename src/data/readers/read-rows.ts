import { GradusError } from '../../core/index.ts'
import { readCsv } from './csv.ts'
import { kindOf } from './open-data-file.ts'
import { ParquetFile } from './parquet-file.ts'
import { parquetTable } from './parquet-table.ts'
import type { Table } from './table.ts'
import { encodeTable, hasHeader, kindsFor, type TableLayout } from './table-layout.ts'

export interface ReadRowsOptions {
  /** Names of columns that do not count, besides those that did not in training. */
  readonly ignore?: readonly string[]
}

/** Rows of a table, as a network takes them. */
export interface TableRows {
  /** float32 [count, features] */
  readonly inputs: Float32Array
  readonly count: number
  /** Where a row (the first is 0) stands in the file: the line in which it begins, or its number. */
  placeOf(row: number): { readonly kind: 'line' | 'row'; readonly number: number }
}

/**
 * Reads a table (CSV, TSV or Parquet) for a network that learned from one of the same columns. Their order does not matter, and
 * what was predicted need not be there.
 * @throws naming the columns that are missing or unknown, and row and column of a missing value that nothing stands in for, a
 *   category that was not there in training, or text where numbers are.
 */
export async function readRows(
  path: string,
  layout: TableLayout,
  { ignore = [] }: ReadRowsOptions = {},
): Promise<TableRows> {
  const kinds = (names: readonly string[]) => kindsFor(layout, names, { where: path, ignore })
  const table = await readTable(path, layout, kinds)
  return {
    inputs: encodeTable(layout, table),
    count: table.rows,
    placeOf(row) {
      const [, kind, number] = /(line|row) (\d+)$/.exec(table.placeOf(row))!
      return { kind: kind as 'line' | 'row', number: Number(number) }
    },
  }
}

async function readTable(
  path: string,
  layout: TableLayout,
  kinds: (names: readonly string[]) => ReturnType<typeof kindsFor>,
): Promise<Table> {
  const kind = await kindOf(path)
  if (kind === 'parquet') {
    const file = await ParquetFile.open(path)
    try {
      return await parquetTable(file, kinds(file.names))
    } finally {
      await file.close()
    }
  }
  if (kind !== 'csv' && kind !== 'tsv') {
    throw new GradusError(`${path}: expected a table (.csv, .tsv, .parquet), found a file of arrays`)
  }
  const format = { header: hasHeader(layout), ...(kind === 'tsv' && { delimiter: '\t' }) }
  return readCsv({ path, columns: kinds, format })
}
