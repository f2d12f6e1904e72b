import { readFileSync } from 'node:fs'
import { decodeSafetensors, type Safetensors } from '../../core/index.ts'
import { attempt } from './file-error.ts'

/** Reads a safetensors file; see {@link decodeSafetensors}. */
export function readSafetensors(path: string): Safetensors {
  return decodeSafetensors(
    attempt(`cannot read ${path}`, () => readFileSync(path)),
    path,
  )
}
