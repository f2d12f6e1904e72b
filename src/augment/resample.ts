import { constant, type Value } from '../graph/index.ts'
import {
  abs,
  add,
  cast,
  clip,
  equal,
  expand,
  floor,
  gatherElements,
  logicalAnd,
  matmul,
  mul,
  reshape,
  split,
  sub,
  where,
} from '../ops/index.ts'
import type { Border } from './augmentation.ts'

/**
 * Pictures whose pixels come from the places that affine maps say, whole pixels: exact, nothing is interpolated. By index
 * arithmetic and one gather.
 * @param x [N, C, H, W]
 * @param maps [N, 6], an affine map for each picture.
 */
export function resample(x: Value, maps: Value, border: Border | undefined): Value {
  const [count, channels, height, width] = x.shape as [number, number, number, number]
  const pixels = height * width
  const from = matmul(
    reshape(maps, [count, 2, 3]),
    constant(homogeneous(height, width), 'float32', [3, pixels]),
  )
  const [columns, rows] = split(from, 2, { axis: 1 }) as [Value, Value] // [N, 1, H W] each
  const [column, inWidth] = inside(columns, width, border)
  const [row, inHeight] = inside(rows, height, border)
  const index = cast(add(mul(row, width), column), 'int32')
  const shape = [count, channels, pixels]
  const taken = gatherElements(reshape(x, shape), expand(index, shape), { axis: 2 })
  const shown = border === 'zeros' ? where(logicalAnd(inWidth, inHeight), taken, 0) : taken
  return reshape(shown, x.shape)
}

/** Columns, rows, and ones for the constants of the maps: the coordinates of every pixel, row by row. */
function homogeneous(height: number, width: number): Float32Array {
  const grid = new Float32Array(3 * height * width).fill(1)
  for (let i = 0; i < height * width; i++) {
    grid[i] = i % width
    grid[height * width + i] = Math.floor(i / width)
  }
  return grid
}

/** Coordinates brought into the picture, and whether they were in it. */
function inside(at: Value, size: number, border: Border | undefined): [Value, Value] {
  const last = size - 1
  const brought = border === 'reflect' && last > 0 ? mirrored(at, last) : clip(at, { min: 0, max: last })
  return [brought, equal(brought, at)]
}

/** There and back again between 0 and `last`, as often as it takes. */
function mirrored(at: Value, last: number): Value {
  const far = abs(at)
  const round = sub(far, mul(floor(mul(far, 1 / (2 * last))), 2 * last))
  return sub(last, abs(sub(last, round)))
}
