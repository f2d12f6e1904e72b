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
  const { file, bytes } = readModelFile(path)
  return { path: file, model: inFile(file, () => readModel(bytes)) }
}

/** The model in the bytes of a file; what is looked at is one sample. */
export const readModel = (bytes: Uint8Array): OnnxModel => readOnnx(bytes, { dims: 1 })

/** The file that a person means by `path`, as {@link openModel}, with what it holds. */
export function readModelFile(path: string): { readonly file: string; readonly bytes: Uint8Array } {
  const file = isFolder(path) ? modelOf(path) : path
  ensure(existsSync(file), `${file}: expected an ONNX file or the folder of a run, found nothing`)
  return { file, bytes: attempt(`cannot read ${file}`, () => readFileSync(file)) }
}

/** Does something with the bytes of a file, which errors name. */
export function inFile<T>(file: string, use: () => T): T {
  try {
    return use()
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
