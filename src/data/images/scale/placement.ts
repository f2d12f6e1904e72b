import type { PictureFormat } from '../picture-format.ts'

/** How an axis of a picture comes into its new size. */
export interface AxisPlacement {
  /** Where the part that is used begins, in pixels of the picture, which may be fractions of one. */
  readonly from: number
  /** Pixels of the picture that become one. */
  readonly scale: number
  /** Pixels that come of it. */
  readonly count: number
  /** Black pixels before them. */
  readonly before: number
}

/** How a picture comes into its new size. */
export interface Placement {
  readonly x: AxisPlacement
  readonly y: AxisPlacement
}

/**
 * Where a picture of `width` by `height` pixels goes.
 * @returns undefined if it is of another size, and nothing is said about that.
 *
 * Threads get this function as text: it may use nothing from outside.
 */
export function placementOf(width: number, height: number, format: PictureFormat): Placement | undefined {
  const [x, y] = [width / format.width, height / format.height]
  const whole = (size: number, count: number, before = 0) => ({ from: 0, scale: size / count, count, before })
  if (format.fit === undefined && (x !== 1 || y !== 1)) return undefined
  if (format.fit === 'cover') {
    const scale = Math.min(x, y)
    const middle = (size: number, count: number) => ({
      ...{ from: (size - count * scale) / 2, scale, count, before: 0 },
    })
    return { x: middle(width, format.width), y: middle(height, format.height) }
  }
  if (format.fit === 'contain') {
    const scale = Math.max(x, y)
    const inside = (size: number, room: number) => {
      const count = Math.min(room, Math.max(1, Math.round(size / scale)))
      return whole(size, count, (room - count) >> 1)
    }
    return { x: inside(width, format.width), y: inside(height, format.height) }
  }
  return { x: whole(width, format.width), y: whole(height, format.height) }
}
