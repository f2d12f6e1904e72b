import { ensure, type Shape } from '../core/index.ts'
import { type Window, type WindowAttrs, windowAttributes, windowCounts, windowOf } from './window.ts'

/** The attributes that pooling operators share. */
export interface PoolAttrs extends WindowAttrs {
  kernel_shape: readonly number[]
  ceil_mode?: number
}

/** How those attributes are written in a file. */
export const poolAttributes = { ...windowAttributes, ceil_mode: 'int' } as const

/** The windows of a pooling operator over x [N, C, ...]; throws a sentence if they do not fit. */
export function poolWindow(x: Shape, attrs: PoolAttrs): Window {
  const axes = attrs.kernel_shape.length
  ensure(x.length === axes + 2, `expected [N, C] and ${axes} spatial axes, got ${x.length} axes`)
  ensure(!attrs.ceil_mode, 'ceil_mode 1 is not supported', 'pad the input instead')
  const window = windowOf(attrs, attrs.kernel_shape)
  window.pads.forEach((amount, i) => {
    const kernel = window.kernel_shape[i % axes]!
    ensure(amount < kernel, `pads must be smaller than the kernel, got ${amount} for a kernel of ${kernel}`)
  })
  return window
}

/** [N, C, ...]: one element for each window over an input of shape `x`. */
export const pooledShape = (x: Shape, attrs: PoolAttrs): Shape => [
  ...x.slice(0, 2),
  ...windowCounts(x.slice(2), poolWindow(x, attrs)),
]
