import { readdir, stat } from 'node:fs/promises'
import { GradusError } from '../core/index.ts'
import type { Dataset } from './dataset.ts'
import { reasonOf } from './files.ts'
import { type FolderOptions, folder } from './images/folder.ts'
import { openDataFile } from './readers/open-data-file.ts'
import { datasets } from './sets/registry.ts'

/** How samples are read whose kind is found out. */
export interface OpenOptions extends FolderOptions {
  /** What is to be predicted: a column of a table, or an array of an archive. Rows with missing values go by `onBad`, too. */
  label?: string
}

/**
 * Opens what a person points at: a folder with the files of a known set (MNIST, CIFAR-10, ...), a folder of pictures with a folder
 * for each class, or a file with a table or arrays (.csv, .tsv, .parquet, .npz, .safetensors).
 * @throws if there is nothing, or nothing that is understood.
 */
export async function open(path: string, options: OpenOptions = {}): Promise<Dataset> {
  if (!(await isFolder(path))) return fromFile(path, options)
  const { label: _, ...pictures } = options
  return (await knownSet(path)) ?? folder(path, pictures)
}

/** Options for pictures go to files that may hold some; to others only if they were asked for, which is then an error. */
function fromFile(path: string, options: OpenOptions): Promise<Dataset> {
  const { label, labels: _, test, seed, onBad, cache: __, ...images } = options
  const [isParquet, isArchive] = [/\.parquet$/i, /\.(npz|safetensors)$/i].map((ending) => ending.test(path))
  const isAsked = Object.values(images).some((value) => value !== undefined && value !== 'auto')
  return openDataFile(path, {
    label,
    split: { ...(test !== undefined && { test }), ...(seed !== undefined && { seed }) },
    images: isParquet || isAsked ? images : undefined,
    // Archives have no rows without a value.
    missing: onBad === 'skip' && !isArchive ? 'drop' : undefined,
  })
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
