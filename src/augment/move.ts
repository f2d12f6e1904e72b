import type { Affine } from './affine.ts'
import type { Border, Picture } from './augmentation.ts'
import { locateRow, type Placement } from './placement.ts'

/** Copies one picture [C, H, W] from `from` at `start` to `into` at `to`. */
export type Move = (
  from: Float32Array,
  start: number,
  into: Float32Array,
  to: number,
  placement: Placement,
) => void

/**
 * What moves the pixels of pictures while they are copied: exactly where a map goes from whole pixels to whole pixels,
 * otherwise between the four pixels around, in proportion. The same as the graph's {@link resample} and `bilinear`, in one pass
 * over memory instead of several.
 */
export function mover(picture: Picture, border: Border | undefined): Move {
  const [whole, between] = [wholeMover(picture, border), betweenMover(picture, border)]
  return (from, start, into, to, placement) => {
    const move = isUpright(placement) ? whole : between
    move(from, start, into, to, placement)
  }
}

/** Whether it goes from whole pixels to whole pixels, and rows stay rows. */
const isUpright = ({ maps, bends }: Placement): boolean => {
  const [[a, b, c, d, e, f]] = maps as readonly [Affine]
  const isTurned = b !== 0 || d !== 0 || Math.abs(a) !== 1 || Math.abs(e) !== 1
  return bends.length === 0 && !isTurned && Number.isInteger(c) && Number.isInteger(f)
}

/** The position in the picture that shows at `at`; -1 if nothing does. */
function within(at: number, size: number, border: Border | undefined): number {
  if (at >= 0 && at < size) return at
  if (border === 'zeros') return -1
  if (border !== 'reflect') return at < 0 ? 0 : size - 1
  return mirrored(at, size)
}

/** There and back again, without the edge pixels twice. */
function mirrored(at: number, size: number): number {
  const last = size - 1
  if (last === 0) return 0
  const round = Math.abs(at) % (2 * last)
  return round > last ? 2 * last - round : round
}

/** Which positions of the result show pixels of the picture: from `first` up to before `end`. */
function shown(step: number, shift: number, size: number): [first: number, end: number] {
  const first = Math.min(size, Math.max(0, step > 0 ? -shift : shift - size + 1))
  return [first, Math.max(first, Math.min(size, step > 0 ? size - shift : shift + 1))]
}

function wholeMover({ channels, height, width }: Picture, border: Border | undefined): Move {
  const columns = new Int32Array(width)
  return (from, start, into, to, { maps }) => {
    const [a, , c, , e, f] = maps[0]!
    const [first, end] = shown(a, c, width)
    const [top, bottom] = shown(e, f, height)
    for (let x = 0; x < width; x++) columns[x] = within(a * x + c, width, border)
    // Rows that only move together move at once: what that puts beyond their ends is overwritten.
    const isBlock = a > 0 && e > 0 && first < end && top < bottom
    for (let channel = 0, plane = 0; channel < channels; channel++, plane += height * width) {
      if (isBlock) {
        const begin = to + plane + top * width + first
        const source = start + plane + (top + f) * width + first + c
        into.set(from.subarray(source, source + (bottom - top - 1) * width + end - first), begin)
      }
      for (let y = 0; y < height; y++) {
        const row = within(e * y + f, height, border)
        const out = to + plane + y * width
        const base = start + plane + row * width
        if (row < 0) into.fill(0, out, out + width)
        else {
          if (!isBlock || y < top || y >= bottom)
            copyRow(from, base + (a > 0 ? first + c : c - end + 1), into, out + first, out + end, a < 0)
          for (let x = first > 0 ? 0 : end; x < width; x = x === first - 1 ? end : x + 1) {
            const column = columns[x]!
            into[out + x] = column < 0 ? 0 : from[base + column]!
          }
        }
      }
    }
  }
}

/** Copies what belongs between two places, backward if it is mirrored. */
function copyRow(
  from: Float32Array,
  begin: number,
  into: Float32Array,
  first: number,
  end: number,
  isMirrored: boolean,
): void {
  into.set(from.subarray(begin, begin + end - first), first)
  if (isMirrored) into.subarray(first, end).reverse()
}

/** Reads between pixels. */
function betweenMover(picture: Picture, border: Border | undefined): Move {
  const { height, width } = picture
  const [columns, rows] = [new Float64Array(width), new Float64Array(width)]
  const atEdge = edgeReader(picture, border)
  return (from, start, into, to, placement) => {
    for (let y = 0; y < height; y++) {
      locateRow(placement, y, columns, rows)
      readRow(from, start, into, to + y * width, columns, rows, picture, atEdge)
    }
  }
}

type EdgeReader = (from: Float32Array, base: number, column: number, row: number) => number

/**
 * Fills a row of all channels. Most places lie inside, where all four pixels around are there. All is in plain numbers: taken
 * apart from lists, or kept by a closure, they would cost more than the reading.
 */
function readRow(
  from: Float32Array,
  start: number,
  into: Float32Array,
  to: number,
  columns: Float64Array,
  rows: Float64Array,
  picture: Picture,
  atEdge: EdgeReader,
): void {
  const width = picture.width
  const height = picture.height
  const channels = picture.channels
  const plane = height * width
  for (let x = 0; x < width; x++) {
    const column = columns[x]!
    const row = rows[x]!
    let out = to + x
    if (!(column >= 0 && row >= 0 && column < width - 1 && row < height - 1)) {
      for (let c = 0; c < channels; c++, out += plane)
        into[out] = atEdge(from, start + c * plane, column, row)
      continue
    }
    const left = column | 0
    const top = row | 0
    const right = column - left
    const below = row - top
    let i = start + top * width + left
    for (let c = 0; c < channels; c++, i += plane, out += plane) {
      const corner = from[i]!
      const other = from[i + width]!
      const above = corner + right * (from[i + 1]! - corner)
      const under = other + right * (from[i + width + 1]! - other)
      into[out] = above + below * (under - above)
    }
  }
}

/** Reads between pixels that may lie outside. */
function edgeReader({ height, width }: Picture, border: Border | undefined): EdgeReader {
  const inside = (at: number, size: number) =>
    border === 'reflect' ? mirrored(at, size) : Math.min(Math.max(at, 0), size - 1)
  return (from, base, column, row) => {
    const x = border === 'zeros' ? column : inside(column, width)
    const y = border === 'zeros' ? row : inside(row, height)
    const [left, top] = [Math.floor(x), Math.floor(y)]
    const [right, below] = [x - left, y - top]
    const pixel = (i: number, j: number) =>
      i >= 0 && i < width && j >= 0 && j < height ? from[base + j * width + i]! : 0
    const above = (1 - right) * pixel(left, top) + right * pixel(left + 1, top)
    const under = (1 - right) * pixel(left, top + 1) + right * pixel(left + 1, top + 1)
    return (1 - below) * above + below * under
  }
}
