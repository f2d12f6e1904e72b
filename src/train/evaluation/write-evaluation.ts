import { type JsonObject, stringifyJson } from '../../core/index.ts'
import { drawConfusion } from '../charts/confusion-picture.ts'
import { writePicture } from '../charts/picture.ts'
import { atomicWrite } from '../run/atomic-write.ts'
import type { RunFolder } from '../run/run-folder.ts'
import type { Evaluation } from './evaluation.ts'

/**
 * Keeps an evaluation in a run folder, in the place of the one before: `evaluation.json` with the time of day in `time`, and
 * for classes `confusion.svg` and `confusion.png`.
 * @returns the paths of the files.
 * @throws if a file cannot be written.
 */
export async function writeEvaluation(folder: RunFolder, evaluation: Evaluation): Promise<string[]> {
  const path = folder.file('evaluation.json')
  const content = { time: new Date().toISOString(), ...evaluation } as unknown as JsonObject
  atomicWrite(path, `${stringifyJson(content, 'evaluation')}\n`)
  if (evaluation.task !== 'classification') return [path]
  return [path, ...(await writePicture(folder.file('confusion'), await drawConfusion(evaluation)))]
}
