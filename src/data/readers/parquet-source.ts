import type { ParquetCells, ParquetContent } from './parquet-thread.ts'

/** Rows of Parquet, of one file or of several with the same columns. */
export interface ParquetSource {
  /** The file, or the folder that the files are in. */
  readonly path: string
  /** What a data set of them is called. */
  readonly name: string
  readonly columns: ParquetContent['columns']
  readonly names: readonly string[]
  readonly rows: number
  /** What the library of Hugging Face says of the columns. */
  readonly features: string | undefined
  /** The first of the rows to test on, which come last; undefined if none are set apart. */
  readonly testFrom?: number
  /** What a person should know. */
  readonly notices?: readonly string[]
  /** The cells of a column, one row group after another; `row` is the number of the first. */
  cellsOf(column: string): AsyncGenerator<ParquetCells & { readonly row: number }, void, undefined>
  /** Where a row stands, such as `cars.parquet, row 12`. */
  placeOf(row: number): string
  /** What a row is called, where its place is not what a person knows it by: `test row 12`. */
  nameOf?(row: number): string
  close(): Promise<void>
}
