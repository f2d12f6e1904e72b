import { existsSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { attempt, parseJson, type RunFolder } from '../train/index.ts'
import { readSettings, type Settings } from './settings.ts'

/** What a run was started with. */
export function heldSettings(folder: RunFolder): Settings {
  const path = folder.file('recipe.json')
  const text = attempt(`cannot read ${path}`, () => readFileSync(path, 'utf8'))
  return readSettings(parseJson(text, path).settings, path)
}

/** Whether a folder holds a cross-validation, which is many runs, none of which is kept. */
export function holdsFolds(folder: RunFolder): boolean {
  if (existsSync(folder.file('folds.json'))) return true
  // One that is still going on, or was stopped before its first fold was done.
  return /"folds":\s*\d/.test(readFileSync(folder.file('recipe.json'), 'utf8'))
}

/**
 * The recipe file of a run: where it was (it may import its neighbors), or, if it has changed since, the copy that the run
 * keeps.
 */
export function recipeFile(folder: RunFolder, { source, kind }: Settings): string | undefined {
  if (kind !== 'file') return undefined
  const copy = folder.file(`recipe${extname(source)}`)
  if (!existsSync(copy)) return source
  const read = (path: string) => attempt(`cannot read ${path}`, () => readFileSync(path, 'utf8'))
  return existsSync(source) && read(source) === read(copy) ? source : copy
}
