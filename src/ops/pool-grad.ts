import { ensure, formatShape, type Shape, sameShape, sizeOf } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { div } from './binary.ts'
import { convInputGrad } from './conv-grad.ts'
import { apply, defineOperator, expectSameDType } from './define.ts'
import { gatherElements } from './gather.ts'
import { averagePool, maxPoolPositions } from './pool.ts'
import { type PoolAttrs, poolAttributes, pooledShape, poolWindow } from './pool-window.ts'
import { scatterElements } from './scatter.ts'
import { expand, reshape } from './shape.ts'
import { type Window, windowCounts } from './window.ts'

function expectOutput(dy: Value, expected: Shape): void {
  ensure(
    sameShape(dy.shape, expected),
    `expected an output gradient ${formatShape(expected)}, got ${formatShape(dy.shape)}`,
  )
}

const flat = (x: Value) => reshape(x, [sizeOf(x.shape)])

const maxPoolGradOperator = defineOperator<[dy: Value, x: Value, y: Value], PoolAttrs>({
  type: 'MaxPoolGrad',
  domain: 'gradus',
  doc: 'The gradient of max pooling: each window gives its own to the first of its largest elements.',
  attributes: poolAttributes,
  infer([dy, x, y], attrs) {
    expectSameDType(dy, x, y)
    expectOutput(dy, pooledShape(x.shape, attrs))
    expectOutput(y, dy.shape)
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  expand([dy, x], attrs) {
    const nothing = expand(constant(0, x.dtype), [sizeOf(x.shape)])
    const positions = flat(maxPoolPositions(x, attrs))
    return [reshape(scatterElements(nothing, positions, flat(dy), { reduction: 'add' }), x.shape)]
  },
  // Linear in dy; which element wins does not change with x, but at ties.
  grad(dx, { inputs: [dy, x], attrs }) {
    const positions = flat(maxPoolPositions(x, attrs))
    return [reshape(gatherElements(flat(dx), positions), dy.shape)]
  },
})

/**
 * The gradient of `y = maxPool(x)` with respect to x. Among equal elements of a window, the first in row-major order
 * takes all, as in PyTorch.
 * @param attrs the attributes of the pooling.
 */
export function maxPoolGrad(dy: Value, x: Value, y: Value, attrs: PoolAttrs): Value {
  return apply(maxPoolGradOperator, [dy, x, y], poolWindow(x.shape, attrs))
}

interface AverageGradAttrs extends PoolAttrs {
  count_include_pad?: number
  input_shape: readonly number[]
}

const averagePoolGradOperator = defineOperator<[dy: Value], AverageGradAttrs>({
  type: 'AveragePoolGrad',
  domain: 'gradus',
  doc: 'The gradient of average pooling: each window gives an equal share of its own to its elements.',
  attributes: { ...poolAttributes, count_include_pad: 'int', input_shape: 'ints' },
  float64: false,
  infer([dy], attrs) {
    expectOutput(dy, pooledShape(attrs.input_shape, attrs))
    return [{ dtype: dy.dtype, shape: attrs.input_shape }]
  },
  // The sum over a window is a convolution with a kernel of ones, channel by channel.
  expand([dy], attrs) {
    const [n, channels, ...spatial] = attrs.input_shape as [number, number, ...number[]]
    const window = poolWindow(attrs.input_shape, attrs)
    const share = div(dy, elementCounts(spatial, window, attrs.count_include_pad === 1, dy))
    const ones = expand(constant(1, dy.dtype), [1, 1, ...window.kernel_shape])
    const planes = reshape(share, [n * channels, 1, ...dy.shape.slice(2)])
    const dx = convInputGrad(planes, ones, [n * channels, 1, ...spatial], window)
    return [reshape(dx, attrs.input_shape)]
  },
  grad: (dx, { attrs: { input_shape: _, count_include_pad, ...window } }) => [
    averagePool(dx, { ...window, kernel: window.kernel_shape, countIncludePad: count_include_pad === 1 }),
  ],
})

/** Number of elements that each window averages: a constant that broadcasts with dy. */
function elementCounts(spatial: Shape, window: Window, includePad: boolean, like: Value): Value {
  if (includePad || window.pads.every((n) => n === 0))
    return constant(sizeOf(window.kernel_shape), like.dtype)
  const counts = windowCounts(spatial, window)
  const perAxis = counts.map((count, i) =>
    Array.from({ length: count }, (_, at) => inside(spatial[i]!, window, i, at)),
  )
  const product = perAxis.reduce<number[]>((all, axis) => all.flatMap((n) => axis.map((m) => n * m)), [1])
  return constant(product, like.dtype, counts)
}

/** How many elements of window `at` along axis i are not padding. */
function inside(
  n: number,
  { kernel_shape, strides, dilations, pads }: Window,
  i: number,
  at: number,
): number {
  const first = at * strides[i]! - pads[i]!
  const places = Array.from({ length: kernel_shape[i]! }, (_, k) => first + k * dilations[i]!)
  return places.filter((place) => place >= 0 && place < n).length
}

/**
 * The gradient of `averagePool(x)` with respect to x.
 * @param inputShape the shape of x.
 * @param attrs the attributes of the pooling.
 */
export function averagePoolGrad(
  dy: Value,
  inputShape: Shape,
  attrs: PoolAttrs & { count_include_pad?: number },
): Value {
  return apply(averagePoolGradOperator, [dy], {
    ...poolWindow(inputShape, attrs),
    count_include_pad: attrs.count_include_pad ?? 0,
    input_shape: inputShape,
  })
}
