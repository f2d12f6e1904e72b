import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import { ensure, GradusError } from '../../core/index.ts'
import { again, type FileBytes, grouped } from '../files.ts'

const inflate = promisify(inflateRaw)

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const END_BYTES = 22
const CENTRAL_BYTES = 46
const LOCAL_BYTES = 30
/** Deflate cannot shrink data more than 1032-fold: what says so is damaged. */
const MAX_RATIO = 1032

/** A file in a zip archive, still packed. */
export interface ZipEntry {
  readonly name: string
  /** Unpacks it. @throws if its bytes are not those that were packed. */
  read(): Promise<FileBytes>
}

interface Header {
  readonly name: string
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly offset: number
}

/**
 * What is in a zip archive, stored or deflated (as `.npz` files are): from its directory, without unpacking anything.
 * Source: PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
 * @throws if the archive is cut off or damaged, or if it is encrypted, or larger than 4 GB (ZIP64).
 */
export function listZip(file: FileBytes): ZipEntry[] {
  const { path, bytes } = file
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view, path)
  const count = view.getUint16(end + 10, true)
  const start = view.getUint32(end + 16, true)
  ensure(
    count !== 0xffff && start !== 0xffffffff,
    `${path}: expected a zip archive of up to 4 GB, found a larger one`,
  )
  const entries: ZipEntry[] = []
  const names = new Set<string>()
  for (let i = 0, at = start; i < count; i++) {
    const whole = at + CENTRAL_BYTES <= end && view.getUint32(at, true) === CENTRAL
    ensure(whole, `${path}: expected ${count} files in the zip archive, found ${i}`, again)
    const lengths = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number]
    const header = readHeader(view, at, bytes, lengths[0], path)
    ensure(
      !names.has(header.name),
      `${path}: expected files by different names, found "${header.name}" twice`,
      again,
    )
    names.add(header.name)
    entries.push({ name: header.name, read: () => readEntry(file, header) })
    at += CENTRAL_BYTES + lengths[0] + lengths[1] + lengths[2]
  }
  return entries
}

/** The record at the end, after which only a comment may follow. */
function findEnd(view: DataView, path: string): number {
  const last = view.byteLength - END_BYTES
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (
      view.getUint32(at, true) === END &&
      at + END_BYTES + view.getUint16(at + 20, true) === view.byteLength
    )
      return at
  }
  throw new GradusError(
    `${path}: expected a whole zip archive, found no end of one in ${grouped(view.byteLength)} bytes`,
    [again],
  )
}

function readHeader(view: DataView, at: number, bytes: Uint8Array, nameLength: number, path: string): Header {
  const name = new TextDecoder().decode(bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameLength))
  const flags = view.getUint16(at + 8, true)
  ensure((flags & 1) === 0, `${path}: expected "${name}" to be readable, found it encrypted`)
  const header = {
    name,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    offset: view.getUint32(at + 42, true),
  }
  ensure(
    header.size <= MAX_RATIO * header.packed + 64,
    `${path}: expected "${name}" to have at most ${MAX_RATIO} times its ${grouped(header.packed)} packed bytes, ` +
      `its header says ${grouped(header.size)}`,
    again,
  )
  return header
}

async function readEntry({ path, bytes }: FileBytes, header: Header): Promise<FileBytes> {
  const { name, method, crc, packed, size, offset } = header
  const where = `${path}: "${name}"`
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isLocal = offset + LOCAL_BYTES <= bytes.length && view.getUint32(offset, true) === LOCAL
  ensure(isLocal, `${where}: expected its data at byte ${grouped(offset)}, found none`, again)
  const start = offset + LOCAL_BYTES + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true)
  ensure(start + packed <= bytes.length, `${where} is cut off`, again)
  ensure(method === 0 || method === 8, `${where}: expected stored or deflated data, found method ${method}`)
  const data = bytes.subarray(start, start + packed)
  const content = method === 0 ? data : await unpack(data, size, where)
  ensure(
    content.length === size,
    `${where}: expected ${grouped(size)} bytes, found ${grouped(content.length)}`,
    again,
  )
  ensure(crc32(content) === crc, `${where}: expected the checksum ${crc}, found ${crc32(content)}`, again)
  return { path: where, bytes: content }
}

async function unpack(data: Uint8Array, size: number, where: string): Promise<Uint8Array> {
  try {
    // One more than there should be, so that too much is noticed before it fills the memory.
    const { buffer, byteOffset, byteLength } = await inflate(data, { maxOutputLength: size + 1 })
    return new Uint8Array(buffer, byteOffset, byteLength)
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause)
    throw new GradusError(`${where}: expected whole deflated data (${detail})`, [again], { cause })
  }
}
