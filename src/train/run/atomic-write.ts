import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { attempt, fileError } from './file-error.ts'
import { isRunning } from './is-running.ts'
import { makeFolder } from './make-folder.ts'

/**
 * Writes a whole file, or nothing: a reader sees the old content or the new one, whenever the writer is killed.
 * The bytes go to `path.tmp-<pid>`, are forced to the disk, and the file is renamed; missing folders are made.
 *
 * Synchronous on purpose: the chunks are often views of parameters, which the next training step overwrites.
 * @throws if the disk is full or the folder is not writable; what was at `path` is then unchanged.
 */
export function atomicWrite(path: string, content: string | Iterable<Uint8Array>): void {
  const temporary = `${path}.tmp-${process.pid}`
  const chunks = typeof content === 'string' ? [Buffer.from(content)] : content
  attempt(`cannot write ${path}`, () => {
    makeFolder(dirname(path), `cannot write ${path}`)
    removeStale(path)
  })
  try {
    writeDurably(temporary, chunks)
    renameSync(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw fileError(`cannot write ${path}`, cause, 'what was there before is unchanged')
  }
  syncFolder(dirname(path))
}

function writeDurably(path: string, chunks: Iterable<Uint8Array>): void {
  const file = openSync(path, 'w')
  try {
    // One call may write less than it was given: near the end of the disk, and always beyond 2 GiB.
    for (const chunk of chunks) for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Makes a rename survive a power cut. Windows has no such call for folders, and does not need it. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Removes what killed writers left beside `path`: temporary files of its kind whose process is gone. */
function removeStale(path: string): void {
  const marker = `${extname(path)}.tmp-`
  for (const name of readdirSync(dirname(path))) {
    const at = name.lastIndexOf(marker)
    const pid = name.slice(at + marker.length)
    const ours = at > 0 || name.startsWith(`${basename(path)}.tmp-`)
    if (ours && /^\d+$/.test(pid) && !isRunning(Number(pid)))
      rmSync(join(dirname(path), name), { force: true })
  }
}
