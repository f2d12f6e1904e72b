import { ensure } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { add, greaterOrEqual, less, logicalAnd, reshape, split, where } from '../ops/index.ts'
import { defineAugmentation, type Picture } from './augmentation.ts'

/**
 * Sets a square of each picture to the mean color (0 of the standardized picture). Its middle is anywhere in the picture, so
 * that the square may be cut off by the edge.
 * @param size its side in pixels, or below 1 as a share of the picture's shorter side; of an even size the middle is the pixel
 *   right and below of it, as in the original.
 * @throws unless the size is a whole number above 0 or a share; when training is prepared, if the square is larger than the pictures.
 * Source: DeVries and Taylor, Improved regularization of convolutional neural networks with cutout, 2017.
 */
export const cutout = defineAugmentation(
  'cutout',
  (size: number) => {
    const isShare = size > 0 && size < 1
    ensure(
      isShare || (Number.isInteger(size) && size > 0),
      `cutout: expected a size of whole pixels above 0, got ${size}`,
    )
    const sideOf = ({ height, width }: Picture) =>
      isShare ? Math.max(1, Math.round(size * Math.min(height, width))) : size
    return {
      kind: 'recoloring',
      numbers: 2,
      neutral: (picture) => [-sideOf(picture), 0],
      check({ height, width }) {
        ensure(
          size <= Math.min(height, width),
          `cutout: expected a size of at most ${Math.min(height, width)}, that of the pictures, got ${size}`,
        )
      },
      draw({ random }, picture) {
        const { height, width } = picture
        const before = Math.floor(sideOf(picture) / 2)
        return [random.integer(height) - before, random.integer(width) - before]
      },
      apply(x, drawn, picture) {
        const side = sideOf(picture)
        const [count, , height, width] = x.shape as [number, number, number, number]
        const [top, left] = split(drawn, 2, { axis: 1 }) // [N, 1] each
        const rows = within(reshape(top!, [count, 1, 1, 1]), reshape(positions(height), [height, 1]), side)
        const columns = within(reshape(left!, [count, 1, 1, 1]), positions(width), side)
        return where(logicalAnd(rows, columns), 0, x) // [N, 1, H, W] for [N, C, H, W]
      },
    }
  },
  {
    doc: 'Sets a square of each picture to the mean color.',
    source: 'DeVries and Taylor, Improved regularization of convolutional neural networks with cutout, 2017',
    examples: [
      { name: 'a square of 4', args: [4] },
      { name: 'half as high', args: [0.5] },
    ],
  },
)

const positions = (count: number): Value => constant(Float32Array.from({ length: count }, (_, i) => i))

/** Whether a position is one of the `size` from `start` on. */
const within = (start: Value, at: Value, size: number): Value =>
  logicalAnd(greaterOrEqual(at, start), less(at, add(start, size)))
