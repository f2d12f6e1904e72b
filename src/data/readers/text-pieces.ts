import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { TextDecoder } from 'node:util'
import { createGunzip } from 'node:zlib'
import { GradusError } from '../../core/index.ts'
import { again, reasonOf } from '../files.ts'

/** Short enough for its records to be gone before the garbage collector would keep them. */
const PIECE = 2 ** 18

/**
 * The text of a file, piece by piece: what starts as gzip is unpacked, a byte order mark is taken off (it can say UTF-16,
 * too), and lines end in `\n` whatever they ended in. Memory holds a few pieces of 256 KiB, however long the file is.
 * @throws if the file cannot be read, is no text, or if its gzip data is damaged or incomplete.
 */
export async function* textPieces(path: string): AsyncGenerator<string, void, undefined> {
  try {
    yield* withLineFeeds(decoded(await openBytes(path), path))
  } catch (cause) {
    if (cause instanceof GradusError) throw cause
    const isZlib = cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_')
    if (isZlib) {
      throw new GradusError(`${path}: expected a whole gzip file (${cause.message})`, [again], { cause })
    }
    throw new GradusError(`${path}: expected a readable file, ${reasonOf(cause)}`, [], { cause })
  }
}

async function openBytes(path: string): Promise<AsyncIterable<Uint8Array>> {
  const isGzip = await startsAsGzip(path)
  const source = createReadStream(path, { highWaterMark: PIECE })
  if (!isGzip) return source
  const gunzip = createGunzip({ chunkSize: PIECE })
  // What goes wrong in either stream comes out of the loop over the last one.
  pipeline(source, gunzip, () => undefined)
  return gunzip
}

async function startsAsGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(2), 0, 2, 0)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

async function* decoded(
  pieces: AsyncIterable<Uint8Array>,
  path: string,
): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | undefined
  let line = 1
  for await (const bytes of pieces) {
    decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true })
    const text = decode(decoder, bytes, path, line)
    line += countLines(text)
    yield text
  }
  if (decoder) yield decode(decoder, undefined, path, line)
}

/** What the byte order mark says; UTF-8 without one. */
function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
}

/** @param bytes the next ones, or undefined at the end. */
function decode(decoder: TextDecoder, bytes: Uint8Array | undefined, path: string, line: number): string {
  try {
    return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
  } catch (cause) {
    const lenient = new TextDecoder(decoder.encoding).decode(bytes)
    const wrong = line + countLines(lenient.slice(0, lenient.indexOf('\ufffd')))
    throw new GradusError(
      `${path}, line ${wrong}: expected text in ${decoder.encoding.toUpperCase()}, found other bytes`,
      ['save it as UTF-8 (iconv -f latin1 -t utf-8 does it for old files from Western Europe)'],
      { cause },
    )
  }
}

/** How many lines end in a text, by `\n`. */
export function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}

/** `\r\n` and `\r` as `\n`, also where a piece ends between the two. */
async function* withLineFeeds(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let held = ''
  for await (const piece of pieces) {
    const text = held + piece
    held = text.endsWith('\r') ? '\r' : ''
    yield text.includes('\r') ? lineFeeds(held ? text.slice(0, -1) : text) : text
  }
  if (held) yield '\n'
}

/** `\r\n` and `\r` as `\n`. */
export const lineFeeds = (text: string): string => text.replace(/\r\n?/g, '\n')
