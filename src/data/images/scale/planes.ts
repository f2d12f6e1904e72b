import type { PictureFormat } from '../picture-format.ts'
import type { Placement } from './placement.ts'

/**
 * Planes [C, H, W] of a format from those of its scaled part: what is around is black, gray is repeated for each color, opacity is
 * full.
 * @param part the planes of the part, each of `placement.y.count` rows of `rowBytes`.
 * @param found how many there are: 1 or 3.
 *
 * Threads get this function as text: it may use nothing from outside.
 */
export function planesFrom(
  part: Uint8Array,
  rowBytes: number,
  { x, y }: Placement,
  found: number,
  { width, height, channels }: PictureFormat,
): Uint8Array {
  const out = new Uint8Array(channels * width * height)
  const isWhole = x.count === width && y.count === height && rowBytes === width
  const [rows, bytes] = isWhole ? [1, width * height] : [y.count, x.count]
  for (let c = 0; c < Math.min(3, channels); c++) {
    const plane = found === 1 ? 0 : c * rowBytes * y.count
    for (let row = 0; row < rows; row++) {
      const from = plane + row * rowBytes
      out.set(part.subarray(from, from + bytes), (c * height + y.before + row) * width + x.before)
    }
  }
  if (channels === 4) out.fill(255, 3 * width * height)
  return out
}
