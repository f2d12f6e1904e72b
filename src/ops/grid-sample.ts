import { ensure, formatShape } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { apply, defineOperator, expectFloat, expectRank, expectSameDType } from './define.ts'

interface Attrs {
  align_corners?: number
  mode?: string
  padding_mode?: string
}

/** What a picture shows beyond its edges: 0, its edge pixels, or its mirror image. */
export type GridPadding = 'zeros' | 'border' | 'reflection'

const modes = ['linear', 'nearest', 'cubic']
const paddings: readonly GridPadding[] = ['zeros', 'border', 'reflection']

const gridSampleOperator = defineOperator<[x: Value, grid: Value], Attrs>({
  type: 'GridSample',
  doc: 'Pictures looked up at places between their pixels.',
  attributes: { align_corners: 'int', mode: 'string', padding_mode: 'string' },
  infer([x, grid], { mode = 'linear', padding_mode = 'zeros' }) {
    expectRank(x, 4, '[N, C, H, W]')
    expectRank(grid, 4, '[N, H, W, 2]')
    expectSameDType(x, grid)
    expectFloat(x)
    ensure(modes.includes(mode), `mode "${mode}" is not supported, only ${modes.join(', ')}`)
    ensure(
      paddings.includes(padding_mode as GridPadding),
      `padding_mode "${padding_mode}" is not supported, only ${paddings.join(', ')}`,
    )
    const [count, channels] = x.shape as [number, number]
    const [grids, height, width, axes] = grid.shape as [number, number, number, number]
    ensure(
      grids === count && axes === 2,
      `expected a grid [${count}, H, W, 2], got ${formatShape(grid.shape)}`,
    )
    return [{ dtype: x.dtype, shape: [count, channels, height, width] }]
  },
  // Whoever looks at pictures differentiates by weights, not by pixels or places.
  grad: 'none',
})

/**
 * Pictures x [N, C, H, W] looked up at the places of a grid [N, H', W', 2] of (column, row), between the four pixels around each
 * in proportion (`F.grid_sample` with align_corners): -1 is the middle of the first pixel, 1 that of the last. Has no gradient.
 * @param padding what is beyond the edges (default `'zeros'`); the mirror image lacks the edge pixel itself.
 */
export function gridSample(
  x: Value,
  grid: Value,
  { padding = 'zeros' }: { padding?: GridPadding } = {},
): Value {
  return apply(gridSampleOperator, [x, grid], { align_corners: 1, mode: 'linear', padding_mode: padding })
}
