import { ensure, ensureKnownOptions, GradusError } from '../../core/index.ts'
import type { FormatOptions } from '../images/format.ts'
import { classNames } from './parquet-file.ts'
import { type ImageOptions, type PictureData, parquetImages } from './parquet-images.ts'
import { openParquet } from './parquet-shards.ts'
import type { ParquetSource } from './parquet-source.ts'
import { parquetTable } from './parquet-table.ts'
import { type ColumnKey, type ColumnKind, columnName } from './table.ts'
import { type TableData, type TableOptions, tableDataset } from './table-dataset.ts'

export interface ParquetOptions extends Omit<TableOptions, 'label'> {
  /** The file, or a folder of such files as Hugging Face lays them out: the test rows are then those that it has. */
  path: string
  /** The column to learn (default: the one whose class names the file tells, as data sets of Hugging Face do). */
  label?: TableOptions['label']
  /** What the pictures of a column of images become (see `folder`). */
  images?: FormatOptions
}

/**
 * A data set from Parquet: a table, as from CSV; or pictures, if it has a column of them as data sets of Hugging Face do
 * (`image`, a struct with the bytes of a file). Any encoding and compression; a thread of its own reads it.
 * @throws naming file, row and column: what {@link csv} throws for, columns of dates, lists and structs that are not left
 *   out, and a file that is cut off or damaged.
 */
export async function parquet(options: ParquetOptions): Promise<TableData | PictureData> {
  const known = ['path', 'label', 'task', 'missing', 'columns', 'split', 'images']
  ensureKnownOptions('parquet', options, known)
  const { path, columns = {} } = options
  const file = await openParquet(path)
  try {
    for (const name of Object.keys(columns)) columnName(file.names, name, path)
    const label = options.label ?? guessLabel(file)
    const image = file.columns.find(({ name, kind }) => kind === 'image' && columns[name] !== 'ignore')
    if (image) return await parquetImages(file, image.name, { ...options, label } as ImageOptions)
    // What would have been done to pictures if there were some is no wish for them.
    const isAsked = Object.values(options.images ?? {}).some(
      (value) => value !== undefined && value !== 'auto',
    )
    ensure(!isAsked, `${path}: expected a column of images, found none`)
    const labels = ([label].flat() as ColumnKey[]).map((key) => columnName(file.names, key, path))
    // What is to be learned is read, whatever is said of it besides.
    const isMeant = ([name, kind]: [string, ColumnKind]) => kind !== 'ignore' || !labels.includes(name)
    const kinds = Object.fromEntries(Object.entries(columns).filter(isMeant))
    const classesOf = (name: string) =>
      labels.includes(name) && options.task !== 'regression' ? classNames(file, name) : undefined
    return tableDataset(await parquetTable(file, kinds, classesOf), { ...options, label })
  } finally {
    await file.close()
  }
}

/** The column with names of classes; if there are none or several, a person must say. */
function guessLabel(file: ParquetSource): string {
  const candidates = file.names.filter((name) => classNames(file, name))
  const [label] = candidates.length > 0 ? candidates : file.names.filter((name) => name === 'label')
  if (label !== undefined && candidates.length < 2) return label
  throw new GradusError(`${file.path}: expected the column to learn, such as label: '${file.names.at(-1)}'`, [
    `columns: ${file.names.join(', ')}`,
  ])
}
