import { ensure, type Shape } from '../core/index.ts'

/** Windows that slide over the spatial axes, as ONNX writes them: one number per axis, `pads` all begins, then all ends. */
export interface WindowAttrs {
  kernel_shape?: readonly number[]
  strides?: readonly number[]
  pads?: readonly number[]
  dilations?: readonly number[]
}
export type Window = Required<WindowAttrs>

/** How those attributes are written in a file. */
export const windowAttributes = {
  kernel_shape: 'ints',
  strides: 'ints',
  pads: 'ints',
  dilations: 'ints',
} as const

/** What builders take: one number for all axes, or one per axis. */
export interface WindowOptions {
  /** Distance between neighboring windows (default 1). */
  strides?: number | readonly number[]
  /** Zeros around the input: one number, one per axis, or all begins followed by all ends (default 0). */
  pads?: number | readonly number[]
  /** Distance between the elements of a window (default 1). */
  dilations?: number | readonly number[]
}

const perAxis = (value: number | readonly number[], axes: number) =>
  typeof value === 'number' ? new Array<number>(axes).fill(value) : value

/** The attributes that the options mean for a kernel. */
export function windowFrom(kernel: Shape, { strides = 1, pads = 0, dilations = 1 }: WindowOptions): Window {
  const axes = kernel.length
  const around = perAxis(pads, axes)
  return {
    kernel_shape: kernel,
    strides: perAxis(strides, axes),
    pads: around.length === axes ? [...around, ...around] : around,
    dilations: perAxis(dilations, axes),
  }
}

/** The attributes with ONNX's defaults filled in; throws a sentence if one does not fit the kernel. */
export function windowOf(attrs: WindowAttrs, kernel: Shape): Window {
  const axes = kernel.length
  const window = {
    kernel_shape: attrs.kernel_shape ?? kernel,
    strides: attrs.strides ?? perAxis(1, axes),
    pads: attrs.pads ?? perAxis(0, 2 * axes),
    dilations: attrs.dilations ?? perAxis(1, axes),
  }
  for (const [name, list] of Object.entries(window)) {
    const count = name === 'pads' ? 2 * axes : axes
    const least = name === 'pads' ? 0 : 1
    ensure(
      list.length === count && list.every((n) => Number.isInteger(n) && n >= least),
      `expected ${count} ${name} of at least ${least}, got [${list.join(', ')}]`,
    )
  }
  ensure(
    window.kernel_shape.every((n, i) => n === kernel[i]),
    `kernel_shape [${window.kernel_shape.join(', ')}] is not that of the weight, [${kernel.join(', ')}]`,
  )
  return window
}

/** Number of elements from the first to the last of a window, along axis i. */
export const extent = ({ kernel_shape, dilations }: Window, i: number): number =>
  (kernel_shape[i]! - 1) * dilations[i]! + 1

const padded = (n: number, { pads, strides }: Window, i: number) => n + pads[i]! + pads[i + strides.length]!

/** Number of windows along each spatial axis. */
export function windowCounts(spatial: Shape, window: Window): number[] {
  ensure(
    spatial.length === window.strides.length,
    `expected ${window.strides.length} spatial axes, got ${spatial.length}`,
  )
  return spatial.map((n, i) => {
    const room = padded(n, window, i) - extent(window, i)
    ensure(
      room >= 0,
      `the kernel covers ${extent(window, i)} elements of spatial axis ${i}, the padded input has ${padded(n, window, i)}`,
      'pad more, or use a smaller kernel or dilation',
    )
    return Math.floor(room / window.strides[i]!) + 1
  })
}

/** Elements at the end of each spatial axis that no window reaches. */
export const unreached = (spatial: Shape, window: Window): number[] =>
  spatial.map((n, i) => (padded(n, window, i) - extent(window, i)) % window.strides[i]!)
