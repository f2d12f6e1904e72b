import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensure, GradusError, within } from '../core/index.ts'
import { type OnnxModel, readOnnx } from '../onnx/index.ts'
import { attempt, isRun, openRunFolder, shellWord } from '../train/index.ts'
import { holdsFolds } from './held-recipe.ts'

/** Whether a path is the folder of something. */
export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

/**
 * The model that a person means by `path`: an ONNX file, or the one of a run.
 * @throws if there is none, or it cannot be read.
 */
export function openModel(path: string): { readonly path: string; readonly model: OnnxModel } {
  const { file, bytes } = readModelFile(path)
  return { path: file, model: within(file, () => readModel(bytes)) }
}

/** The model in the bytes of a file; what is looked at is one sample. */
export const readModel = (bytes: Uint8Array): OnnxModel => readOnnx(bytes, { dims: 1 })

/** The file that a person means by `path`, as {@link openModel}, with what it holds. */
export function readModelFile(path: string): { readonly file: string; readonly bytes: Uint8Array } {
  const file = isFolder(path) ? modelOf(path) : path
  ensure(existsSync(file), `${file}: expected an ONNX file or the folder of a run, found nothing`)
  return { file, bytes: attempt(`cannot read ${file}`, () => readFileSync(file)) }
}

function modelOf(folder: string): string {
  const file = join(folder, 'model.onnx')
  if (existsSync(file)) return file
  const [found, ...advice] = withoutModel(folder)
  throw new GradusError(`${folder}: expected a folder with model.onnx, found ${found}`, advice)
}

/** What a folder without a model is, and what to do. */
function withoutModel(folder: string): readonly [found: string, ...advice: string[]] {
  if (!isRun(folder)) return ['one without it', 'give the folder of a run, or an ONNX file']
  if (!holdsFolds(openRunFolder(folder)))
    return ['a run that is not finished', `go on with it: gradus train --resume ${shellWord(folder)}`]
  return [
    'a cross-validation, which keeps scores and no network',
    `for the scores: gradus info ${shellWord(folder)}`,
    'for a network train on all samples: the same gradus train, without --folds',
  ]
}
