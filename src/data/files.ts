import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { GradusError } from '../core/index.ts'

const inflate = promisify(gunzip)

/** A directory that holds a data set, and what to tell a person who lacks a file of it. */
export interface Folder {
  readonly path: string
  readonly names: ReadonlySet<string>
  /** The data set, for messages. */
  readonly dataset: string
  /** Where the files can be had. */
  readonly advice: string
}

/** The bytes of a file, and its path for messages. */
export interface FileBytes {
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * Lists a data set's directory.
 * @throws if it is missing or is not a directory.
 */
export async function openFolder(dataset: string, path: string, advice: string): Promise<Folder> {
  try {
    return { path, names: new Set(await readdir(path)), dataset, advice }
  } catch (cause) {
    throw new GradusError(
      `${dataset}: expected a directory with the data at "${path}", ${reasonOf(cause)}`,
      [advice],
      { cause },
    )
  }
}

/** Whether the folder has a file by one of these names; the first that it has. */
export const findName = (folder: Folder, candidates: readonly string[]): string | undefined =>
  candidates.find((name) => folder.names.has(name))

/**
 * Reads the first of `candidates` that the folder has.
 * @throws if it has none, or if the file cannot be read, is empty or is damaged.
 */
export async function readFirst(folder: Folder, candidates: readonly string[]): Promise<FileBytes> {
  const name = findName(folder, candidates)
  if (name === undefined) {
    throw new GradusError(`${folder.dataset}: no file "${candidates[0]}" in "${folder.path}"`, [
      `tried: ${candidates.join(', ')}`,
      `the directory has: ${listNames(folder.names)}`,
      folder.advice,
    ])
  }
  const path = join(folder.path, name)
  return { path, bytes: await readBytes(path) }
}

/**
 * Reads a whole file. What starts as gzip is unpacked, whatever its name.
 * @throws if it cannot be read, is empty, or if its gzip data is damaged or incomplete.
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array
  try {
    bytes = plainView(await readFile(path))
  } catch (cause) {
    throw new GradusError(`${path}: expected a readable file, ${reasonOf(cause)}`, [], { cause })
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = await unpack(path, bytes)
  if (bytes.length === 0) throw new GradusError(`${path}: expected data, found an empty file`, [again])
  return bytes
}

async function unpack(path: string, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return plainView(await inflate(bytes))
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new GradusError(
      `${path}: expected a whole gzip file, found damaged data in its ${grouped(bytes.length)} bytes (${detail})`,
      [again],
      { cause },
    )
  }
}

/** A Buffer as an ordinary typed array: a Buffer's `slice` shares memory where one expects a copy. */
const plainView = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** What to do about a damaged file. */
export const again = 'fetch the file again, its copy here is damaged or incomplete'

/** Fails unless a file has exactly the bytes that its contents call for; `why` explains that number. */
export function expectBytes({ path, bytes }: FileBytes, expected: number, why: string): void {
  if (bytes.length === expected) return
  const wrong = bytes.length < expected ? 'is truncated' : 'has trailing bytes'
  throw new GradusError(
    `${path} ${wrong}: expected ${grouped(expected)} bytes (${why}), found ${grouped(bytes.length)}`,
    [again],
  )
}

/** 60000 as `60,000`. */
export const grouped = (n: number): string => n.toLocaleString('en-US')

/** Why a file could not be read, in words. */
export function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return 'found nothing'
  if (code === 'ENOTDIR') return 'found a file'
  if (code === 'EISDIR') return 'found a directory'
  if (code === 'EACCES' || code === 'EPERM') return 'found one that may not be read'
  return `got "${cause instanceof Error ? cause.message : String(cause)}"`
}

function listNames(names: ReadonlySet<string>, limit = 8): string {
  if (names.size === 0) return 'nothing'
  const shown = [...names].sort().slice(0, limit)
  return names.size > limit ? `${shown.join(', ')} and ${names.size - limit} more` : shown.join(', ')
}
