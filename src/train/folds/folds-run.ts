import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type JsonObject, parseJson, stringifyJson } from '../../core/index.ts'
import { writePicture } from '../charts/picture.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { atomicWrite } from '../run/atomic-write.ts'
import { attempt } from '../run/file-error.ts'
import type { RunFolder } from '../run/run-folder.ts'
import { type CrossValidateOptions, type CrossValidation, crossValidate } from './cross-validate.ts'

/** Cross-validation as a picture: the validation curves of the folds. */
export async function drawFolds(validation: CrossValidation): Promise<string> {
  // Loaded when needed: the charts take half a second to load.
  const { foldsChart } = await import('./folds-chart.ts')
  return foldsChart(validation)
}

/** The `folds.json` of a folder that {@link crossValidateRun} left; undefined if it holds something else. */
export function readFolds(path: string): CrossValidation | undefined {
  const file = join(path, 'folds.json')
  if (!existsSync(file)) return undefined
  const text = attempt(`cannot read ${file}`, () => readFileSync(file, 'utf8'))
  return parseJson(text, file) as unknown as CrossValidation
}

/**
 * Cross-validates in a run folder, which then holds `folds.json`, and `folds.svg` and `folds.png` with the curves; also of the
 * folds that were done when the person stopped it.
 * @returns what came out, and the paths of the files.
 */
export async function crossValidateRun(
  recipe: Recipe,
  folder: RunFolder,
  options: CrossValidateOptions = {},
): Promise<{ readonly validation: CrossValidation; readonly files: readonly string[] }> {
  const unlock = folder.lock()
  try {
    const validation = await crossValidate(recipe, options)
    const path = folder.file('folds.json')
    atomicWrite(path, `${stringifyJson(validation as unknown as JsonObject, 'folds', 2)}\n`)
    if (validation.results.length === 0) return { validation, files: [path] }
    return {
      validation,
      files: [path, ...(await writePicture(folder.file('folds'), await drawFolds(validation)))],
    }
  } finally {
    unlock()
  }
}
