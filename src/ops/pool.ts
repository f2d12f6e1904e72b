import { ensure, sizeOf } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { div } from './binary.ts'
import { apply, applyAll, defineOperator, expectFloat } from './define.ts'
import { averagePoolGrad, maxPoolGrad } from './pool-grad.ts'
import { type PoolAttrs, poolAttributes, pooledShape, poolWindow } from './pool-window.ts'
import { type WindowOptions, windowFrom } from './window.ts'

export interface PoolOptions extends WindowOptions {
  /** Size of a window along each spatial axis. */
  kernel: readonly number[]
}

const maxPoolOperator = defineOperator<[x: Value], PoolAttrs & { storage_order?: number }>({
  type: 'MaxPool',
  doc: 'The largest element of each window.',
  attributes: { ...poolAttributes, storage_order: 'int' },
  infer([x], attrs) {
    expectFloat(x)
    const shape = pooledShape(x.shape, attrs)
    const y = { dtype: x.dtype, shape }
    // Only the positions have a storage order, so it says that they are wanted: making them costs time.
    return attrs.storage_order === undefined ? [y] : [y, { dtype: 'int64', shape }]
  },
  grad: (dy, { inputs: [x], outputs, attrs: { storage_order: _, ...attrs } }) => [
    maxPoolGrad(dy, x, outputs[0]!, attrs),
  ],
})

/**
 * The largest element of each window of x [N, C, ...spatial]; padding never wins.
 * @returns [N, C, ...], of size floor((n + pads - dilation (kernel - 1) - 1) / stride) + 1 along each spatial axis.
 */
export function maxPool(x: Value, { kernel, ...options }: PoolOptions): Value {
  return apply(maxPoolOperator, [x], windowFrom(kernel, options))
}

/**
 * Where {@link maxPool} finds the elements that it returns: int64 positions in x as a flat array, of the output's shape.
 * The first of equal ones counts, in row-major order of the window.
 */
export function maxPoolPositions(x: Value, attrs: PoolAttrs): Value {
  return applyAll(maxPoolOperator, [x], { ...poolWindow(x.shape, attrs), storage_order: 0 })[1]!
}

interface AverageAttrs extends PoolAttrs {
  count_include_pad?: number
}

const averagePoolOperator = defineOperator<[x: Value], AverageAttrs>({
  type: 'AveragePool',
  doc: 'The mean of each window.',
  attributes: { ...poolAttributes, count_include_pad: 'int' },
  float64: false,
  infer([x], attrs) {
    expectFloat(x)
    return [{ dtype: x.dtype, shape: pooledShape(x.shape, attrs) }]
  },
  grad: (dy, { inputs: [x], attrs }) => [averagePoolGrad(dy, x.shape, attrs)],
})

export interface AveragePoolOptions extends PoolOptions {
  /** Whether padding counts as zeros (default false: it does not count). PyTorch's default is true. */
  countIncludePad?: boolean
}

/** The mean of each window of x [N, C, ...spatial]; sizes as in {@link maxPool}. */
export function averagePool(
  x: Value,
  { kernel, countIncludePad = false, ...options }: AveragePoolOptions,
): Value {
  const attrs = { ...windowFrom(kernel, options), count_include_pad: Number(countIncludePad) }
  return apply(averagePoolOperator, [x], attrs)
}

const pooledAway = (x: Value) => x.shape.map((n, i) => (i < 2 ? n : 1))

function globalPool(type: string, doc: string, rule: (dy: Value, x: Value, y: Value) => Value) {
  const op = defineOperator<[x: Value]>({
    type,
    doc,
    attributes: {},
    float64: false,
    infer([x]) {
      expectFloat(x)
      ensure(x.rank >= 3, `expected [N, C, spatial...], got ${x.rank} axes`)
      return [{ dtype: x.dtype, shape: pooledAway(x) }]
    },
    grad: (dy, { inputs: [x], outputs }) => [rule(dy, x, outputs[0]!)],
  })
  return (x: Value): Value => apply(op, [x], {})
}

/** The mean over all spatial axes: [N, C, ...] -> [N, C, 1, ...]. */
export const globalAveragePool = globalPool('GlobalAveragePool', 'Mean over all spatial axes.', (dy, x) =>
  div(dy, sizeOf(x.shape.slice(2))),
)
/** The largest element over all spatial axes: [N, C, ...] -> [N, C, 1, ...]; the first of equal ones gets the gradient. */
export const globalMaxPool = globalPool('GlobalMaxPool', 'Maximum over all spatial axes.', (dy, x, y) =>
  maxPoolGrad(dy, x, y, { kernel_shape: x.shape.slice(2) }),
)
