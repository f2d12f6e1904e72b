import { open } from 'node:fs/promises'
import { ensureKnownOptions, GradusError } from '../../core/index.ts'
import type { Dataset } from '../dataset.ts'
import { reasonOf } from '../files.ts'
import type { FormatOptions } from '../images/format.ts'
import { npz, safetensors } from './arrays.ts'
import { csv } from './csv.ts'
import type { SplitChoice, Task } from './labels.ts'
import { parquet } from './parquet.ts'
import type { TableOptions } from './table-dataset.ts'

export interface DataFileOptions {
  /** What to learn: a column of a table, or an array of an archive. */
  label?: string
  /** What to learn from: an array of an archive. A table's other columns are all learned from. */
  inputs?: string
  task?: Task
  /** What to do about missing values of a table (default `error`). */
  missing?: TableOptions['missing']
  /** How columns of a table are read. */
  columns?: TableOptions['columns']
  split?: SplitChoice
  /** What the pictures of a Parquet file become. */
  images?: FormatOptions
}

/** What a file of data is. */
export type Kind = 'csv' | 'tsv' | 'parquet' | 'npz' | 'safetensors'

/** What a reader takes from the options; others would be ignored without a word. */
const TAKEN: Readonly<Record<Kind, readonly (keyof DataFileOptions)[]>> = {
  csv: ['label', 'task', 'missing', 'columns', 'split'],
  tsv: ['label', 'task', 'missing', 'columns', 'split'],
  parquet: ['label', 'task', 'missing', 'columns', 'split', 'images'],
  npz: ['label', 'inputs', 'task', 'split'],
  safetensors: ['label', 'inputs', 'task', 'split'],
}

/**
 * A data set from a file with a table or arrays: CSV and TSV (`.csv`, `.tsv`, `.txt`, `.data`, also gzipped), Parquet, NumPy
 * archives and safetensors. Parquet and archives are told by their first bytes, whatever they are called.
 * @throws if the file is of none of these kinds, an option does not fit its kind, or its reader throws.
 */
export async function openDataFile(path: string, options: DataFileOptions = {}): Promise<Dataset> {
  const kind = await kindOf(path)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  ensureKnownOptions(`a file of the kind ${kind}`, given, TAKEN[kind])
  const { label, inputs, ...rest } = given as DataFileOptions
  switch (kind) {
    case 'parquet':
      return parquet({ path, ...rest, ...(label !== undefined && { label }) })
    case 'npz':
    case 'safetensors': {
      const names = { ...(label !== undefined && { labels: label }), ...(inputs !== undefined && { inputs }) }
      return (kind === 'npz' ? npz : safetensors)({ path, ...names, ...rest })
    }
    default: {
      const format = kind === 'tsv' ? { format: { delimiter: '\t' } } : {}
      // Without a label the reader says which columns there are.
      return csv({ path, ...rest, ...format, label: label as string })
    }
  }
}

/** What people try that is read in another form. */
const others: readonly (readonly [endings: RegExp, found: string, advice: string])[] = [
  [/^\.(xlsx?|ods|numbers)$/, 'a spreadsheet', 'save it as CSV'],
  [
    /^\.(zip|tar|tgz|bz2|xz|7z|rar)$/,
    'an archive',
    'unpack it, and point at the folder or the file that was in it',
  ],
  [/^\.(jpe?g|png|webp|avif|gif|tiff?)$/, 'a picture', 'point at the folder with the folders of its classes'],
]

/** What a file is, by its first bytes and its name. @throws if it is no file of data. */
export async function kindOf(path: string): Promise<Kind> {
  const start = await firstBytes(path)
  const name = path.toLowerCase().replace(/\.gz$/, '')
  const ending = /\.[a-z0-9]+$/.exec(name)?.[0] ?? ''
  if (start.startsWith('PAR1')) return 'parquet'
  if (start.startsWith('PK\x03\x04') && !/^\.(xlsx|ods|numbers|zip)$/.test(ending)) return 'npz'
  if (start.startsWith('\x93NUMPY')) {
    throw new GradusError(`${path}: expected inputs and labels, found one array`, [
      "in a program: data.npy({ inputs: 'x.npy', labels: 'y.npy' }); or put both into one file with np.savez",
    ])
  }
  if (ending === '.safetensors' || ending === '.parquet' || ending === '.npz') return ending.slice(1) as Kind
  if (ending === '.tsv') return 'tsv'
  if (['.csv', '.txt', '.data'].includes(ending)) return 'csv'
  const [, found, advice] = others.find(([endings]) => endings.test(ending)) ?? [
    undefined,
    ending === '' ? 'a name without an ending' : `the ending "${ending}"`,
    'rename it if it is one of these',
  ]
  throw new GradusError(
    `${path}: expected a file of data (.csv, .tsv, .parquet, .npz, .safetensors), found ${found}`,
    [advice],
  )
}

/** The first bytes of a file, as characters. */
async function firstBytes(path: string): Promise<string> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new GradusError(`${path}: expected a readable file, ${reasonOf(cause)}`, [], { cause })
  }
}
