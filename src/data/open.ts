import { readdir, stat } from 'node:fs/promises'
import { ensure, GradusError } from '../core/index.ts'
import type { Dataset } from './dataset.ts'
import { reasonOf } from './files.ts'
import { type FolderOptions, folder } from './images/folder.ts'
import { datasets } from './sets/registry.ts'

/** How samples are read whose kind is found out. */
export interface OpenOptions extends FolderOptions {
  /** The column with what is to be predicted, of a table. */
  label?: string
}

/**
 * Opens what a person points at: a folder with the files of a known set (MNIST, CIFAR-10, ...), a folder of pictures with a folder
 * for each class, or a file with a table or arrays (.csv, .tsv, .parquet, .npz, .safetensors).
 * @throws if there is nothing, or nothing that is understood.
 */
export async function open(path: string, options: OpenOptions = {}): Promise<Dataset> {
  const { label: _, ...pictures } = options
  ensure(await isFolder(path), `${path}: expected a folder, found a file`)
  return (await knownSet(path)) ?? folder(path, pictures)
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
