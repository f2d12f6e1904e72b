import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { GradusError } from '../../core/index.ts'
import { attempt, fileError } from './file-error.ts'

/**
 * Makes a folder, and those above it that are missing; one that is there already is fine.
 *
 * Step by step: what Node 20 does for `recursive` never ends where a folder takes no new ones, as `/proc` does.
 * @param what begins the message of an error.
 * @throws if a part of the path is a file, or a folder cannot be made.
 */
export function makeFolder(path: string, what = `cannot make the folder ${path}`): void {
  const missing: string[] = []
  let top = resolve(path)
  for (; !existsSync(top); top = dirname(top)) missing.unshift(top)
  attempt(what, () => {
    if (!statSync(top).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
    for (const folder of missing) makeOne(folder, what)
  })
}

function makeOne(folder: string, what: string): void {
  try {
    mkdirSync(folder)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    // Another process may have been faster.
    if (code === 'EEXIST' && existsSync(folder) && statSync(folder).isDirectory()) return
    if (code === 'ENOENT') {
      const reason = `${dirname(folder)} takes no new folders`
      throw new GradusError(`${what}: ${reason}`, ['use another folder'], { cause })
    }
    throw fileError(what, cause)
  }
}
