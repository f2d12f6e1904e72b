/** Data sets from files of tables and arrays. */
export type { ArrayData, ArrayOptions } from './array-dataset.ts'
export type { Channels } from './array-samples.ts'
export { type ArchiveOptions, type NpyOptions, npy, npz, safetensors } from './arrays.ts'
export { type CsvFormat, type CsvOptions, type CsvReadOptions, csv, readCsv } from './csv.ts'
export type { SplitChoice, Task } from './labels.ts'
export type { Column, ColumnKey, ColumnKind, Table } from './table.ts'
export { type TableData, type TableOptions, tableDataset } from './table-dataset.ts'
export type { Feature } from './table-features.ts'
