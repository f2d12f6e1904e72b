import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GradusError } from '../../core/index.ts'
import { reasonOf } from '../files.ts'

/** The pictures below a folder. */
export interface Scan {
  /** Names of the folders that hold them, sorted, with the paths of their pictures, sorted. */
  readonly classes: ReadonlyMap<string, readonly string[]>
  /** How many files are something else. */
  readonly others: number
}

const PICTURE = /\.(jpe?g|png|webp|avif|gif|tiff?)$/i

/** Names sort the same everywhere: 2 before 10, and capitals with small letters. */
const byName = new Intl.Collator('en', { numeric: true }).compare

/**
 * Finds the pictures of each class: each folder in `root` is one, with all that lies below it. No file is opened.
 * @throws if a folder cannot be read, or has no picture.
 */
export async function scanClasses(root: string): Promise<Scan> {
  const folders = (await list(root)).filter((entry) => entry.isDirectory() && !isHidden(entry))
  if (folders.length === 0) {
    throw new GradusError(`${root}: expected a folder of pictures for each class, found no folder in it`, [
      'lay them out as cats/1.jpg, dogs/2.jpg, ..., or give a table of paths and labels: { labels: "labels.csv" }',
    ])
  }
  const found = await Promise.all(
    folders.map(async ({ name }) => [name, await picturesIn(join(root, name))] as const),
  )
  for (const [name, { paths }] of found) {
    if (paths.length > 0) continue
    throw new GradusError(`${join(root, name)}: expected pictures of the class "${name}", found none`, [
      'add some, or remove the folder',
    ])
  }
  found.sort(([a], [b]) => byName(a, b))
  return {
    classes: new Map(found.map(([name, { paths }]) => [name, paths])),
    others: found.reduce((sum, [, { others }]) => sum + others, 0),
  }
}

async function picturesIn(folder: string): Promise<{ paths: string[]; others: number }> {
  const paths: string[] = []
  let others = 0
  for (const entry of await list(folder)) {
    if (isHidden(entry)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      const below = await picturesIn(path)
      paths.push(...below.paths)
      others += below.others
    } else if (PICTURE.test(entry.name)) paths.push(path)
    else others++
  }
  return { paths: paths.sort(byName), others }
}

const isHidden = ({ name }: Dirent) => name.startsWith('.') || name === '__MACOSX'

async function list(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (cause) {
    throw new GradusError(`${folder}: expected a folder that can be read, ${reasonOf(cause)}`, [], { cause })
  }
}
