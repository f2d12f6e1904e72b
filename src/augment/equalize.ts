import { constant, type Value } from '../graph/index.ts'
import {
  add,
  cast,
  clip,
  div,
  expand,
  floor,
  gatherElements,
  greater,
  lessOrEqual,
  matmul,
  max,
  mul,
  reshape,
  scatterElements,
  sub,
  sum,
  where,
} from '../ops/index.ts'
import { defineAugmentation } from './augmentation.ts'
import { unitChange } from './levels.ts'

/** Colors are told apart as in 8 bits. */
const LEVELS = 256

/** [LEVELS, LEVELS]: row i counts into every column from i on, so that a product adds up. */
const upToHere = () =>
  constant(
    Float32Array.from({ length: LEVELS ** 2 }, (_, i) => (Math.floor(i / LEVELS) <= i % LEVELS ? 1 : 0)),
    'float32',
    [LEVELS, LEVELS],
  )

/**
 * Spreads the colors of each channel of a picture so that all are about as frequent. Colors are counted in 256 levels; the new ones
 * are those of Pillow and torchvision. A channel of one color stays.
 */
export const equalize = defineAugmentation('equalize', () => unitChange(equalized), {
  doc: 'Spreads the colors of each channel so that all are about as frequent.',
  examples: [{ name: 'always', args: [] }],
})

function equalized(u: Value): Value {
  const [count, channels, height, width] = u.shape as [number, number, number, number]
  const [rows, pixels] = [count * channels, height * width]
  const level = reshape(floor(add(mul(u, LEVELS - 1), 0.5)), [rows, pixels])
  const index = cast(level, 'int32')
  const none = expand(constant(0, 'float32'), [rows, LEVELS])
  const ones = expand(constant(1, 'float32'), [rows, pixels])
  const histogram = scatterElements(none, index, ones, { axis: 1, reduction: 'add' }) // [rows, LEVELS]
  const sums = matmul(histogram, upToHere())
  // Each level goes up by a 255th of all pixels, not counting those of the last level that occurs.
  const last = lastOccurring(histogram)
  const step = floor(div(sub(pixels, last), LEVELS - 1)) // [rows, 1]
  const isFlat = lessOrEqual(step, 0)
  const divisor = where(isFlat, 1, step)
  const before = sub(sums, histogram)
  const raised = floor(div(add(before, floor(mul(divisor, 0.5))), divisor))
  const table = clip(raised, { min: 0, max: LEVELS - 1 }) // [rows, LEVELS]
  const spread = where(isFlat, level, gatherElements(table, index, { axis: 1 }))
  return reshape(mul(spread, 1 / (LEVELS - 1)), u.shape)
}

/** How often the last level occurs that does: [rows, LEVELS] -> [rows, 1] */
function lastOccurring(histogram: Value): Value {
  const levels = constant(
    Float32Array.from({ length: LEVELS }, (_, i) => i),
    'float32',
    [1, LEVELS],
  )
  const last = max(where(greater(histogram, 0), levels, -1), { axes: 1, keepDims: true })
  return sum(where(lessOrEqual(last, levels), histogram, 0), { axes: 1, keepDims: true })
}
