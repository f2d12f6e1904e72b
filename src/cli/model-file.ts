import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensure, GradusError } from '../core/index.ts'
import { type OnnxModel, readOnnx } from '../onnx/index.ts'
import { attempt, shellWord } from '../train/index.ts'

/** Whether a path is the folder of something. */
export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory()

/**
 * The model that a person means by `path`: an ONNX file, or the one of a run.
 * @throws if there is none, or it cannot be read.
 */
export function openModel(path: string): { readonly path: string; readonly model: OnnxModel } {
  const file = isFolder(path) ? modelOf(path) : path
  ensure(existsSync(file), `${file}: expected an ONNX file or the folder of a run, found nothing`)
  const bytes = attempt(`cannot read ${file}`, () => readFileSync(file))
  try {
    return { path: file, model: readOnnx(bytes, { dims: 1 }) } // what is looked at is one sample
  } catch (cause) {
    if (!(cause instanceof GradusError)) throw cause
    throw new GradusError(`${file}: ${cause.message.split('\n')[0]}`, cause.notes, { cause })
  }
}

function modelOf(folder: string): string {
  const file = join(folder, 'model.onnx')
  const isRun = existsSync(join(folder, 'recipe.json'))
  ensure(
    existsSync(file),
    `${folder}: expected a folder with model.onnx, found ${isRun ? 'a run that is not finished' : 'one without it'}`,
    isRun
      ? `go on with it: gradus train --resume ${shellWord(folder)}`
      : 'give the folder of a run, or an ONNX file',
  )
  return file
}
