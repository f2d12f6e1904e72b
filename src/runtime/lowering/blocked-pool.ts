import type { Shape } from '../../core/index.ts'
import type { Attributes, Value } from '../../graph/index.ts'
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
import {
  blockedGlobalAverage,
  blockedMaxPool,
  blockedUpsample,
  reorderInput,
  reorderOutput,
} from './kernels.ts'

export const maxPoolRule: BlockedRule = ({ inputs: [x], outputs, attrs }, layouts) => {
  if (outputs.length > 1) return undefined
  const pooled = (images: Value) => blockedMaxPool(images, attrs as unknown as PoolAttrs)
  if (layouts.isBlocked(x!)) return [{ blocked: pooled(layouts.blocked(x!)) }]
  return layouts.isTurned(x!) ? [{ turned: pooled(layouts.turned(x!)) }] : undefined
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
 * The gradient of 2x2 pooling. Channels have nothing to do with each other here, so images with any number of them are
 * blocked as one image with N C channels.
 */
export const maxPoolGradRule: BlockedRule = ({ inputs: [dy, x], attrs }, layouts) => {
  if (x!.dtype !== 'float32' || x!.rank !== 4 || !areQuarters(attrs, x!.shape)) return undefined
  if (layouts.isBlocked(x!) && layouts.canBlock(dy!)) {
    return [{ blocked: quartersGrad(layouts.blocked(dy!), layouts.blocked(x!), layouts.block) }]
  }
  if (layouts.isTurned(x!))
    return [{ turned: quartersGrad(layouts.turned(dy!), layouts.turned(x!), layouts.block) }]
  const planes = x!.shape[0]! * x!.shape[1]!
  if (!layouts.fits(planes)) return undefined
  const asOne = (value: Value) =>
    reorderInput(reshape(layouts.plain(value), [1, planes, ...value.shape.slice(2)]))
  const dx = reorderOutput(quartersGrad(asOne(dy!), asOne(x!), layouts.block))
  return [{ plain: reshape(dx, x!.shape) }]
}

/**
 * Without scattering: who wins is decided within each pair of columns, then between the two rows. The first of equal ones
 * wins both times. (Products with 0 and 1 take half the time of choices by booleans.)
 */
function quartersGrad(dy: Value, x: Value, block: number): Value {
  const [n, channels, height, width] = x.shape as [number, number, number, number]
  const [images, half] = [(n * channels) / block, width / 2]
  const pairs = reshape(x, [images * height, half, 2 * block])
  const even = slice(pairs, { axes: [2], starts: [0], ends: [block] })
  const odd = slice(pairs, { axes: [2], starts: [block], ends: [2 * block] })
  const left = greaterOrEqual(even, odd)
  const winsRow = reshape(concat([left, logicalNot(left)], { axis: 2 }), x.shape)

  const rows = reshape(maximum(even, odd), [(images * height) / 2, 2, half * block])
  const upper = slice(rows, { axes: [1], starts: [0], ends: [1] })
  const lower = slice(rows, { axes: [1], starts: [1], ends: [2] })
  const gradient = reshape(dy, upper.shape)
  const toUpper = mul(gradient, cast(greaterOrEqual(upper, lower), 'float32'))
  const toRows = reshape(concat([toUpper, sub(gradient, toUpper)], { axis: 1 }), [n, channels, height, half])
  return mul(blockedUpsample(toRows, [1, 1, 1, 2]), cast(winsRow, 'float32'))
}
