import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { averagePool, flatten, globalAveragePool, maxPool } from '../../ops/index.ts'
import { expectInput, perAxis } from '../expect.ts'
import { defineLayer, type LayerSpec } from '../layer.ts'
import type { Size2d } from './conv.ts'

/** `Size` is one number for all spatial axes, or one for each. */
export interface PoolOptions<Size> {
  /** Steps between windows (default: the kernel, so that windows do not overlap). */
  stride?: Size
  /** What is put on both sides: at most half the kernel (default 0). */
  padding?: Size
}

/** The largest element of each window: [N, C, L] -> [N, C, L']. Padding never wins. Incomplete windows are left out. */
export const maxPool1d = defineLayer(
  'maxPool1d',
  (kernel: number, options: PoolOptions<number> = {}) => pooling('maxPool1d', 1, maxPool, kernel, options),
  {
    doc: 'The largest element of each window along one axis.',
    examples: [
      { name: 'windows of 2', args: [2], input: [2, 3, 6] },
      { name: 'overlapping, padded', args: [3, { stride: 2, padding: 1 }], input: [2, 3, 7] },
    ],
  },
)

/** The largest element of each window: [N, C, H, W] -> [N, C, H', W']. Padding never wins. Incomplete windows are left out. */
export const maxPool2d = defineLayer(
  'maxPool2d',
  (kernel: Size2d, options: PoolOptions<Size2d> = {}) => pooling('maxPool2d', 2, maxPool, kernel, options),
  {
    doc: 'The largest element of each window of images.',
    examples: [
      { name: 'windows of 2', args: [2], input: [2, 3, 6, 4] },
      { name: 'overlapping, padded', args: [3, { stride: 2, padding: 1 }], input: [2, 3, 6, 7] },
    ],
  },
)

/** The mean of each window: [N, C, L] -> [N, C, L']. Padding counts as zeros, as in PyTorch. */
export const avgPool1d = defineLayer(
  'avgPool1d',
  (kernel: number, options: PoolOptions<number> = {}) => pooling('avgPool1d', 1, meanPool, kernel, options),
  {
    doc: 'The mean of each window along one axis.',
    examples: [
      { name: 'windows of 2', args: [2], input: [2, 3, 6] },
      { name: 'overlapping, padded', args: [3, { stride: 2, padding: 1 }], input: [2, 3, 7] },
    ],
  },
)

/** The mean of each window: [N, C, H, W] -> [N, C, H', W']. Padding counts as zeros, as in PyTorch. */
export const avgPool2d = defineLayer(
  'avgPool2d',
  (kernel: Size2d, options: PoolOptions<Size2d> = {}) => pooling('avgPool2d', 2, meanPool, kernel, options),
  {
    doc: 'The mean of each window of images.',
    examples: [
      { name: 'windows of 2', args: [2], input: [2, 3, 6, 4] },
      { name: 'overlapping, padded', args: [3, { stride: 2, padding: 1 }], input: [2, 3, 6, 7] },
    ],
  },
)

/** The mean over all positions: [N, C, ...] -> [N, C]. */
export const globalAvgPool = defineLayer(
  'globalAvgPool',
  () => ({
    forward(x) {
      expectInput(x.rank > 2, 'globalAvgPool', '[N, C, H, W]', x, 'it must come before layers that flatten')
      return flatten(globalAveragePool(x))
    },
  }),
  {
    doc: 'The mean of each channel over all positions.',
    source: 'Lin et al., Network In Network, 2014',
    examples: [{ name: 'images', args: [], input: [2, 3, 4, 5] }],
  },
)

const meanPool: typeof maxPool = (x, options) => averagePool(x, { ...options, countIncludePad: true })

function pooling(
  type: string,
  axes: 1 | 2,
  pool: typeof maxPool,
  kernel: number | readonly number[],
  options: PoolOptions<number | readonly number[]>,
): LayerSpec<Record<never, never>, Record<never, never>, Record<never, never>> {
  ensureKnownOptions(type, options, ['stride', 'padding'])
  const sizes = perAxis(type, 'the kernel', kernel, axes)
  const strides = perAxis(type, 'the stride', options.stride ?? kernel, axes)
  const padding = perAxis(type, 'the padding', options.padding ?? 0, axes, 0)
  padding.forEach((n, i) => {
    ensure(n <= sizes[i]! / 2, `${type}: padding ${n} is more than half of the kernel ${sizes[i]}`)
  })
  const least = sizes.map((n, i) => n - 2 * padding[i]!)
  const layout = axes === 1 ? `[N, C, L >= ${least[0]}]` : `[N, C, H >= ${least[0]}, W >= ${least[1]}]`
  return {
    forward(x) {
      const fits = x.rank === axes + 2 && least.every((n, i) => x.shape[i + 2]! >= n)
      const advice = 'pool less before it, or give it larger inputs'
      expectInput(fits, type, layout, x, advice)
      return pool(x, { kernel: sizes, strides, pads: padding })
    },
  }
}
