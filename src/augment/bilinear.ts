import { constant, type Value } from '../graph/index.ts'
import { gridSample, matmul, reshape, transpose } from '../ops/index.ts'
import type { Border, Picture } from './augmentation.ts'
import { locateRow, type Placement } from './placement.ts'

const paddings = { zeros: 'zeros', reflect: 'reflection', edge: 'border' } as const

/**
 * Pictures whose pixels come from the places that affine maps say, from between four pixels in proportion.
 * @param x [N, C, H, W]
 * @param maps [N, 6], an affine map for each picture.
 */
export function bilinear(x: Value, maps: Value, border: Border | undefined): Value {
  const [count, , height, width] = x.shape as [number, number, number, number]
  const onGrid = matmul(
    constant(pixels(height, width), 'float32', [height * width, 3]),
    transpose(reshape(maps, [count, 2, 3]), [0, 2, 1]),
  )
  return gridSample(x, reshape(onGrid, [count, height, width, 2]), { padding: paddings[border ?? 'edge'] })
}

/**
 * The same for places that the host has worked out.
 * @param places [N, 2 H W] by {@link gridOf}.
 */
export function bilinearAt(x: Value, places: Value, border: Border | undefined): Value {
  const [count, , height, width] = x.shape as [number, number, number, number]
  return gridSample(x, reshape(places, [count, height, width, 2]), { padding: paddings[border ?? 'edge'] })
}

/** Column, row and 1 of every pixel, row by row. */
function pixels(height: number, width: number): Float32Array {
  const grid = new Float32Array(3 * height * width).fill(1)
  for (let i = 0; i < height * width; i++) {
    grid[3 * i] = i % width
    grid[3 * i + 1] = Math.floor(i / width)
  }
  return grid
}

/** A position in units of the grid: -1 is the middle of the first pixel, 1 that of the last. A single pixel is all there is. */
const stepOf = (size: number) => 2 / Math.max(size - 1, 1)

/** An affine map that gives units of the grid. */
export function gridMap({ maps: [map] }: Placement, { height, width }: Picture): readonly number[] {
  const [a, b, c, d, e, f] = map!
  const [x, y] = [stepOf(width), stepOf(height)]
  return [a * x, b * x, c * x - 1, d * y, e * y, f * y - 1]
}

/** Column and row of where every pixel comes from, in units of the grid. */
export function gridOf(placement: Placement, { height, width }: Picture): Float32Array {
  const grid = new Float32Array(2 * height * width)
  const [columns, rows] = [new Float64Array(width), new Float64Array(width)]
  const [x, y] = [stepOf(width), stepOf(height)]
  for (let row = 0; row < height; row++) {
    locateRow(placement, row, columns, rows)
    for (let i = 0; i < width; i++) {
      grid[2 * (row * width + i)] = columns[i]! * x - 1
      grid[2 * (row * width + i) + 1] = rows[i]! * y - 1
    }
  }
  return grid
}
