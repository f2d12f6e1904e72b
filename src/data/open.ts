import { readdir, stat } from 'node:fs/promises'
import { ensure, GradusError } from '../core/index.ts'
import type { Dataset } from './dataset.ts'
import { reasonOf } from './files.ts'
import { type FolderOptions, folder } from './images/folder.ts'
import { findShards } from './readers/find-shards.ts'
import { openDataFile } from './readers/open-data-file.ts'
import { parquet } from './readers/parquet.ts'
import type { TableOptions } from './readers/table-dataset.ts'
import { datasets } from './sets/registry.ts'

/** How samples are read whose kind is found out. */
export interface OpenOptions extends FolderOptions {
  /** What is to be predicted: a column of a table, or an array of an archive. */
  label?: string
  /** Names of columns of a table that are not learned from. */
  ignore?: readonly string[]
  /** What to do about missing values of a table (default: `drop` where `onBad` skips, else `error`). */
  missing?: TableOptions['missing']
}

/**
 * Opens what a person points at: a folder with the files of a known set (MNIST, CIFAR-10, ...) or of Parquet, a folder of pictures
 * with a folder for each class, or a file with a table or arrays (.csv, .tsv, .parquet, .npz, .safetensors).
 * @throws if there is nothing, nothing that is understood, or if an option is for something else.
 */
export async function open(path: string, options: OpenOptions = {}): Promise<Dataset> {
  if (!(await isFolder(path))) return fromFile(path, options)
  const known = await knownSet(path)
  if (!known && (await findShards(path))) return fromFile(path, options, true)
  const { label, ignore, missing, ...pictures } = options
  expectUnasked({ label, ignore, missing }, path, known ? 'a known data set' : 'a folder')
  return known ?? folder(path, pictures)
}

/** Options for pictures go to files that may hold some; to others only if they were asked for, which is then an error. */
function fromFile(path: string, options: OpenOptions, isFolder = false): Promise<Dataset> {
  const { label, ignore, missing, labels: _, test, seed, onBad, cache: __, ...images } = options
  const isParquet = isFolder || /\.parquet$/i.test(path)
  const isArchive = !isParquet && /\.(npz|safetensors)$/i.test(path)
  const isAsked = Object.values(images).some((value) => value !== undefined && value !== 'auto')
  if (isArchive) expectUnasked({ ignore, missing }, path, 'a file of arrays')
  ensure(
    label === undefined || !ignore?.includes(label),
    `${path}: expected columns to ignore besides the one to learn, got "${label}"`,
  )
  const asked = {
    label,
    columns: ignore && Object.fromEntries(ignore.map((name) => [name, 'ignore' as const])),
    split: { ...(test !== undefined && { test }), ...(seed !== undefined && { seed }) },
    images: isParquet || isAsked ? images : undefined,
    // Archives have no rows without a value.
    missing: missing ?? (onBad === 'skip' && !isArchive ? ('drop' as const) : undefined),
  }
  return isFolder ? parquet({ path, ...asked }) : openDataFile(path, asked)
}

/** Fails if something was asked for that only tables have. */
function expectUnasked(options: Readonly<Record<string, unknown>>, path: string, found: string): void {
  const asked = Object.keys(options).find((name) => options[name] !== undefined)
  ensure(asked === undefined, `${path}: expected a table, which the option "${asked}" is for, found ${found}`)
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (cause) {
    throw new GradusError(`${path}: expected a folder or a file with data, ${reasonOf(cause)}`, [], { cause })
  }
}

/** The known set whose files a folder holds; sets that share their names tell their own. */
async function knownSet(dir: string): Promise<Dataset | undefined> {
  const names = new Set(await readdir(dir))
  const candidates = datasets.filter((source) => source.recognizes(names))
  for (const [i, source] of candidates.entries()) {
    try {
      return await source.load({ dir })
    } catch (cause) {
      if (i === candidates.length - 1) throw cause
    }
  }
  return undefined
}
