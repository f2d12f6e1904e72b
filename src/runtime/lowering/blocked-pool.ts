import type { Shape } from '../../core/index.ts'
import type { Attributes } from '../../graph/index.ts'
import {
  cast,
  concat,
  greaterOrEqual,
  logicalNot,
  maximum,
  mul,
  type PoolAttrs,
  reshape,
  slice,
  sub,
} from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { blockedGlobalAverage, blockedMaxPool, blockedUpsample } from './kernels.ts'

export const maxPoolRule: BlockedRule = ({ inputs: [x], outputs, attrs }, layouts) => {
  if (!layouts.isBlocked(x!) || outputs.length > 1) return undefined
  return [{ blocked: blockedMaxPool(layouts.blocked(x!), attrs as unknown as PoolAttrs) }]
}

export const globalAverageRule: BlockedRule = ({ inputs: [x] }, layouts) =>
  layouts.isBlocked(x!) ? [{ plain: blockedGlobalAverage(layouts.blocked(x!)) }] : undefined

/** 2x2 windows side by side that cover everything. */
function areQuarters(attrs: Attributes, [, , height, width]: Shape): boolean {
  const { kernel_shape, strides, pads, dilations } = attrs as unknown as Required<PoolAttrs>
  const is = (list: readonly number[], n: number) => list.every((m) => m === n)
  return (
    is(kernel_shape, 2) &&
    is(strides, 2) &&
    is(pads, 0) &&
    is(dilations, 1) &&
    height! % 2 === 0 &&
    width! % 2 === 0
  )
}

/**
 * The gradient of 2x2 pooling without scattering: who wins is decided within each pair of columns, then between the two
 * rows. The first of equal ones wins both times. (Products with 0 and 1 take half the time of choices by booleans.)
 */
export const maxPoolGradRule: BlockedRule = ({ inputs: [dy, x], attrs }, layouts) => {
  if (!layouts.isBlocked(x!) || !layouts.canBlock(dy!) || !areQuarters(attrs, x!.shape)) return undefined
  const [n, channels, height, width] = x!.shape as [number, number, number, number]
  const { block } = layouts
  const [images, half] = [(n * channels) / block, width / 2]

  const pairs = reshape(layouts.blocked(x!), [images * height, half, 2 * block])
  const even = slice(pairs, { axes: [2], starts: [0], ends: [block] })
  const odd = slice(pairs, { axes: [2], starts: [block], ends: [2 * block] })
  const left = greaterOrEqual(even, odd)
  const winsRow = reshape(concat([left, logicalNot(left)], { axis: 2 }), x!.shape)

  const rows = reshape(maximum(even, odd), [(images * height) / 2, 2, half * block])
  const upper = slice(rows, { axes: [1], starts: [0], ends: [1] })
  const lower = slice(rows, { axes: [1], starts: [1], ends: [2] })
  const gradient = reshape(layouts.blocked(dy!), upper.shape)
  const toUpper = mul(gradient, cast(greaterOrEqual(upper, lower), 'float32'))
  const toRows = reshape(concat([toUpper, sub(gradient, toUpper)], { axis: 1 }), [n, channels, height, half])
  return [{ blocked: mul(blockedUpsample(toRows, [1, 1, 1, 2]), cast(winsRow, 'float32')) }]
}
