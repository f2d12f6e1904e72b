import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { GradusError } from '../../core/index.ts'
import { reasonOf } from '../files.ts'

/** The pictures below a folder. */
export interface Scan {
  /** Names of the folders that hold them, sorted, with the paths of their pictures, sorted. */
  readonly classes: ReadonlyMap<string, readonly string[]>
  /** How many files of which ending were left out: they are no pictures, or of a kind that is not read. */
  readonly others: ReadonlyMap<string, number>
  /** How many pictures lie beside the folders of the classes, and belong to none. */
  readonly loose: number
}

const PICTURE = /\.(jpe?g|png|webp|avif|gif|tiff?)$/i

/** Names sort the same everywhere: 2 before 10, and capitals with small letters. */
const byName = new Intl.Collator('en', { numeric: true }).compare

/**
 * Finds the pictures of each class: each folder in `root` is one, with all that lies below it. Links are followed. No file is
 * opened.
 * @throws if a folder cannot be read, or has no picture.
 */
export async function scanClasses(root: string): Promise<Scan> {
  const { folders, files } = await list(root)
  if (folders.length === 0) {
    throw new GradusError(`${root}: expected a folder of pictures for each class, found no folder in it`, [
      'lay them out as cats/1.jpg, dogs/2.jpg, ..., or give a table of paths and labels: { labels: "labels.csv" }',
    ])
  }
  const others = new Map<string, number>()
  const trail = [await realpath(root)]
  const found = await Promise.all(
    folders.map(async (name) => [name, await picturesIn(join(root, name), trail, others)] as const),
  )
  for (const [name, paths] of found) {
    if (paths.length > 0) continue
    throw new GradusError(`${join(root, name)}: expected pictures of the class "${name}", found none`, [
      'add some, or remove the folder',
    ])
  }
  found.sort(([a], [b]) => byName(a, b))
  return { classes: new Map(found), others, loose: files.filter((name) => PICTURE.test(name)).length }
}

/** @param trail the folders that this one lies in: a link back to one of them leads nowhere new. */
async function picturesIn(
  folder: string,
  trail: readonly string[],
  others: Map<string, number>,
): Promise<string[]> {
  const real = await realpath(folder)
  if (trail.includes(real)) return []
  const { folders, files } = await list(folder)
  const paths: string[] = []
  for (const name of files) {
    if (PICTURE.test(name)) paths.push(join(folder, name))
    else {
      const ending = extname(name).toLowerCase() || 'without an ending'
      others.set(ending, (others.get(ending) ?? 0) + 1)
    }
  }
  for (const name of folders) {
    for (const path of await picturesIn(join(folder, name), [...trail, real], others)) paths.push(path)
  }
  return paths.sort(byName)
}

const isHidden = ({ name }: Dirent) => name.startsWith('.') || name === '__MACOSX'

/** The names of what is in a folder, without what is hidden. A link counts as what it leads to; one that leads nowhere, as a file. */
async function list(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = []
  const files: string[] = []
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (isHidden(entry)) continue
      const isFolder =
        entry.isDirectory() ||
        (entry.isSymbolicLink() &&
          (await stat(join(folder, entry.name)).catch(() => undefined))?.isDirectory())
      ;(isFolder ? folders : files).push(entry.name)
    }
    return { folders, files }
  } catch (cause) {
    throw new GradusError(`${folder}: expected a folder that can be read, ${reasonOf(cause)}`, [], { cause })
  }
}
