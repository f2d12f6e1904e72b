import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GradusError } from '../../core/index.ts'
import { grouped } from '../files.ts'

/** A file that can be fetched. */
export interface RemoteFile {
  /** Its name in the cache. */
  readonly name: string
  /** Where it can be had, tried in this order. */
  readonly urls: readonly string[]
  /** Of the whole file, in hexadecimal. */
  readonly md5: string
}

/** How far a download has come. */
export interface DownloadProgress {
  readonly name: string
  /** Bytes that are there. */
  readonly done: number
  /** Bytes in all; undefined if the server does not say. */
  readonly total: number | undefined
}

export interface DownloadOptions {
  readonly onProgress?: (progress: DownloadProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Fetches a file to `path`, unless it is there. What an interrupted download left (`path.part`) is gone on with. The file comes to
 * its place only when it is whole and its checksum is right; one with a wrong checksum is removed, and the next address tried.
 * @throws if no address gives the right file; says what each of them answered.
 */
export async function fetchFile(
  file: RemoteFile,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  if (existsSync(path)) return
  await mkdir(dirname(path), { recursive: true })
  const answers: string[] = []
  for (const url of file.urls) {
    try {
      await fetchFrom(url, file, `${path}.part`, options)
      await rename(`${path}.part`, path)
      return
    } catch (cause) {
      if (options.signal?.aborted) throw cause
      answers.push(`${url}: ${reasonOf(cause)}`)
    }
  }
  throw new GradusError(`${file.name}: could not be downloaded`, [
    ...answers,
    'fetch it by other means and say where it lies (--data DIR), or try again: what is there already is kept',
  ])
}

async function fetchFrom(
  url: string,
  { name, md5 }: RemoteFile,
  part: string,
  { onProgress, signal }: DownloadOptions,
): Promise<void> {
  const held = existsSync(part) ? (await stat(part)).size : 0
  const response = await fetch(url, {
    headers: held > 0 ? { range: `bytes=${held}-` } : {},
    signal: signal ?? null,
  })
  // A server that has nothing beyond what is held answers 416: then all of it is there, or it is another file.
  const goesOn = response.status === 206 || response.status === 416
  if (!response.ok && response.status !== 416) throw new GradusError(`the server answered ${response.status}`)
  if (response.status !== 416)
    await append(response, part, goesOn ? held : 0, (done, total) => onProgress?.({ name, done, total }))
  const found = await md5Of(part)
  if (found === md5) return
  await rm(part, { force: true })
  const size = `${held > 0 ? 'after going on with an earlier download, ' : ''}`
  throw new GradusError(`${size}expected a file with MD5 ${md5}, got one with ${found}`)
}

/** Writes what comes to the end of a file, or in its place. */
async function append(
  response: Response,
  part: string,
  from: number,
  report: (done: number, total: number | undefined) => void,
): Promise<void> {
  const length = Number(response.headers.get('content-length') ?? Number.NaN)
  const total = Number.isFinite(length) ? from + length : undefined
  const file = await open(part, from > 0 ? 'a' : 'w')
  try {
    let done = from
    for await (const piece of response.body ?? []) {
      await file.write(piece as Uint8Array)
      done += (piece as Uint8Array).length
      report(done, total)
    }
    if (total !== undefined && done < total)
      throw new GradusError(`the connection ended after ${grouped(done)} of ${grouped(total)} bytes`)
  } finally {
    await file.close()
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array)
  return hash.digest('hex')
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const inner = cause.cause instanceof Error ? cause.cause.message : undefined
  return (inner ?? cause.message).split('\n')[0]!
}
