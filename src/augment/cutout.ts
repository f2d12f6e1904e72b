import { ensure } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { add, greaterOrEqual, less, logicalAnd, reshape, split, where } from '../ops/index.ts'
import { defineAugmentation } from './augmentation.ts'

/**
 * Sets a square of each picture to the mean color (0 of the standardized picture). Its middle is anywhere in the picture, so
 * that the square may be cut off by the edge.
 * @param size its side in pixels; of an even size the middle is the pixel right and below of it, as in the original.
 * @throws unless the size is a whole number above 0; when training is prepared, if the square is larger than the pictures.
 * Source: DeVries and Taylor, Improved regularization of convolutional neural networks with cutout, 2017.
 */
export const cutout = defineAugmentation(
  'cutout',
  (size: number) => {
    ensure(Number.isInteger(size) && size > 0, `cutout: expected a size of whole pixels above 0, got ${size}`)
    return {
      kind: 'recoloring',
      numbers: 2,
      check({ height, width }) {
        ensure(
          size <= Math.min(height, width),
          `cutout: expected a size of at most ${Math.min(height, width)}, that of the pictures, got ${size}`,
        )
      },
      draw({ random }, { height, width }) {
        const before = Math.floor(size / 2)
        return [random.integer(height) - before, random.integer(width) - before]
      },
      apply(x, drawn) {
        const [count, , height, width] = x.shape as [number, number, number, number]
        const [top, left] = split(drawn, 2, { axis: 1 }) // [N, 1] each
        const rows = within(reshape(top!, [count, 1, 1, 1]), reshape(positions(height), [height, 1]), size)
        const columns = within(reshape(left!, [count, 1, 1, 1]), positions(width), size)
        return where(logicalAnd(rows, columns), 0, x) // [N, 1, H, W] for [N, C, H, W]
      },
    }
  },
  {
    doc: 'Sets a square of each picture to the mean color.',
    source: 'DeVries and Taylor, Improved regularization of convolutional neural networks with cutout, 2017',
    examples: [{ name: 'a square of 4', args: [4] }],
  },
)

const positions = (count: number): Value => constant(Float32Array.from({ length: count }, (_, i) => i))

/** Whether a position is one of the `size` from `start` on. */
const within = (start: Value, at: Value, size: number): Value =>
  logicalAnd(greaterOrEqual(at, start), less(at, add(start, size)))
