import { GradusError, type Shape, sizeOf } from '../core/index.ts'
import { again, expectBytes, type FileBytes, grouped } from './files.ts'

/** An array of bytes from an IDX file. */
export interface IdxArray {
  readonly shape: Shape
  /** Row-major; a view of the file's bytes. */
  readonly data: Uint8Array
}

const UINT8 = 0x08
const CONTENTS: Readonly<Record<number, string>> = { 1: 'labels', 3: 'images' }

/**
 * Reads an IDX file of bytes: the magic number (0, 0, the element type, the number of axes), each axis' size as a
 * big-endian uint32, the elements. Source: the file formats section of the MNIST page (LeCun, Cortes, Burges).
 * @param rank the number of axes that the file must have.
 * @throws if the magic number is another, or if the file is shorter or longer than its header says, or has no elements.
 */
export function parseIdx(file: FileBytes, rank: number): IdxArray {
  const { path, bytes } = file
  const header = 4 + 4 * rank
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length >= 4) checkMagic(path, view.getUint32(0), rank)
  if (bytes.length < header) expectBytes(file, header, 'the header alone')
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis))
  const size = sizeOf(shape)
  const axes = shape.map(grouped).join(' x ')
  if (size === 0) throw new GradusError(`${path}: expected at least one element, its header says ${axes}`)
  expectBytes(file, header + size, `a header of ${header} and ${axes}`)
  return { shape, data: bytes.subarray(header) }
}

function checkMagic(path: string, found: number, rank: number): void {
  const expected = (UINT8 << 8) | rank
  if (found === expected) return
  const other = found >>> 8 === UINT8 ? CONTENTS[found & 0xff] : undefined
  throw new GradusError(
    `${path}: expected an IDX file of ${CONTENTS[rank] ?? `rank ${rank}`} with magic number ${hex(expected)}, ` +
      `found ${hex(found)}`,
    [other ? `it is an IDX file of ${other}: are the file names swapped?` : again],
  )
}

const hex = (word: number) => `0x${word.toString(16).padStart(8, '0')}`
