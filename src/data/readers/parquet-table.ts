import { ensure } from '../../core/index.ts'
import { readColumn } from './parquet-columns.ts'
import type { ParquetSource } from './parquet-source.ts'
import type { ParquetKind } from './parquet-thread.ts'
import type { Column, ColumnKinds, Table } from './table.ts'

const UNREADABLE: ReadonlySet<ParquetKind> = new Set(['time', 'list', 'struct', 'other', 'image'])

/**
 * Reads Parquet into typed columns.
 * @param kinds how columns are read (default: as the file has them).
 * @param classesOf the names of the classes that the numbers of a column stand for.
 * @throws naming the columns of dates, lists and structs that are not left out, and a file without rows.
 */
export async function parquetTable(
  file: ParquetSource,
  kinds: ColumnKinds,
  classesOf: (column: string) => readonly string[] | undefined = () => undefined,
): Promise<Table> {
  const { path } = file
  const used = file.columns.filter(({ name }) => kinds[name] !== 'ignore')
  const unreadable = used.filter(({ kind }) => UNREADABLE.has(kind))
  ensure(
    unreadable.length === 0,
    `${path}: expected columns of numbers, texts and truth values, found ` +
      unreadable.map(({ name, kind }) => `"${name}" (${kind})`).join(', '),
    `leave them out: columns: { ${unreadable.map(({ name }) => `${JSON.stringify(name)}: 'ignore'`).join(', ')} } ` +
      `(--ignore ${unreadable.map(({ name }) => name).join(',')})`,
  )
  ensure(file.rows > 0, `${path}: expected rows, found none`)
  const columns: Column[] = []
  for (const { name } of used)
    columns.push(await readColumn(file, name, { asked: kinds[name], classes: classesOf(name) }))
  return {
    name: file.name,
    rows: file.rows,
    columns,
    ignored: file.names.filter((name) => kinds[name] === 'ignore'),
    placeOf: (row) => file.placeOf(row),
    ...(file.nameOf && { nameOf: (row: number) => file.nameOf!(row) }),
    ...(file.testFrom !== undefined && { testFrom: file.testFrom }),
    notices: file.notices ?? [],
  }
}
