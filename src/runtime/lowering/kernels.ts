import { broadcastShapes, ensure, type Shape, sameShape } from '../../core/index.ts'
import type { Operator, Value, ValueInfo } from '../../graph/index.ts'
import { apply, convShape, type PoolAttrs, pooledShape, type WindowAttrs } from '../../ops/index.ts'

// ONNX Runtime's own kernels for its blocked layout: [N, C, H, W] stored as [N, C / block, H, W, block], while the declared
// shape stays [N, C, H, W]. Their gradients are not needed: lowering comes after differentiation.

const kernel = <I extends readonly (Value | undefined)[], A extends object>(
  type: string,
  attributes: Operator<I, A>['attributes'],
  infer: (inputs: I, attrs: A) => ValueInfo,
): Operator<I, A> => ({
  type,
  domain: 'com.microsoft.nchwc',
  doc: `${type} in the blocked layout.`,
  attributes,
  infer: (inputs, attrs) => [infer(inputs, attrs)],
  grad: 'none',
})

const like = (x: Value, shape: Shape = x.shape): ValueInfo => ({ dtype: x.dtype, shape })
const windows = { kernel_shape: 'ints', strides: 'ints', pads: 'ints', dilations: 'ints' } as const

const reorderInputKernel = kernel<[x: Value], { channels_last?: number }>(
  'ReorderInput',
  { channels_last: 'int' },
  ([x]) => like(x),
)
/** From the ordinary layout to the blocked one. */
export const reorderInput = (x: Value): Value => apply(reorderInputKernel, [x], { channels_last: 0 })

const reorderOutputKernel = kernel<[x: Value], { channels: number; channels_last?: number }>(
  'ReorderOutput',
  { channels: 'int', channels_last: 'int' },
  ([x], { channels }) => like(x, [x.shape[0]!, channels, ...x.shape.slice(2)]),
)
/** From the blocked layout to the ordinary one, of the first `channels` (default: all). */
export const reorderOutput = (x: Value, channels = x.shape[1]!): Value =>
  apply(reorderOutputKernel, [x], { channels, channels_last: 0 })

export interface BlockedConvAttrs extends WindowAttrs {
  group?: number
  activation?: string
  activation_params?: readonly number[]
}
type ConvInputs = [x: Value, weight: Value, bias?: Value | undefined, sum?: Value | undefined]

/** `activation(conv(x, weight) + bias + sum)` in one pass over memory. */
export const blockedConvKernel = kernel<ConvInputs, BlockedConvAttrs>(
  'Conv',
  { ...windows, group: 'int', activation: 'string', activation_params: 'floats' },
  ([x, weight], attrs) => like(x, convShape(x.shape, weight.shape, attrs)),
)
export const blockedConv = (inputs: ConvInputs, attrs: BlockedConvAttrs): Value =>
  apply(blockedConvKernel, inputs, attrs)

const maxPoolKernel = kernel<[x: Value], PoolAttrs>(
  'MaxPool',
  { ...windows, ceil_mode: 'int' },
  ([x], attrs) => like(x, pooledShape(x.shape, attrs)),
)
export const blockedMaxPool = (x: Value, attrs: PoolAttrs): Value => apply(maxPoolKernel, [x], attrs)

const globalAverageKernel = kernel<[x: Value], Record<never, never>>('GlobalAveragePool', {}, ([x]) =>
  like(x, [x.shape[0]!, x.shape[1]!, 1, 1]),
)
/** Spatial means [N, C, 1, 1]; with one place per channel the blocked layout is the ordinary one. */
export const blockedGlobalAverage = (x: Value): Value => apply(globalAverageKernel, [x], {})

const upsampleKernel = kernel<[x: Value], { scales: readonly number[]; mode?: string }>(
  'Upsample',
  { scales: 'ints', mode: 'string' },
  ([x], { scales }) =>
    like(
      x,
      x.shape.map((n, i) => n * scales[i]!),
    ),
)
/** Every element repeated `scales[i]` times along axis i. */
export const blockedUpsample = (x: Value, scales: readonly [1, 1, number, number]): Value =>
  sameShape(scales, [1, 1, 1, 1]) ? x : apply(upsampleKernel, [x], { scales, mode: 'nearest' })

interface FusedMatmulAttrs {
  transA?: 0 | 1
  transB?: 0 | 1
}
const fusedMatmulKernel: Operator<[a: Value, b: Value], FusedMatmulAttrs> = {
  type: 'FusedMatMul',
  domain: 'com.microsoft',
  doc: 'Matrix product of stacks, of which either may be read transposed.',
  attributes: { transA: 'int', transB: 'int' },
  infer: ([a, b], { transA = 0, transB = 0 }) => {
    const [rows, columns] = [a.shape.at(transA ? -1 : -2)!, b.shape.at(transB ? -2 : -1)!]
    const [inner, same] = [a.shape.at(transA ? -2 : -1)!, b.shape.at(transB ? -1 : -2)!]
    ensure(inner === same, `FusedMatMul: the inner sizes ${inner} and ${same} differ`)
    return [like(a, [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2))!, rows, columns])]
  },
  grad: 'none',
}
/** Matrix product of stacks; `transA` and `transB` read an operand transposed, at no cost. */
export const fusedMatmul = (a: Value, b: Value, attrs: FusedMatmulAttrs): Value =>
  apply(fusedMatmulKernel, [a, b], attrs)

const hardSigmoidKernel: Operator<[x: Value], { alpha: number; beta: number }> = {
  type: 'HardSigmoid',
  domain: '',
  doc: 'max(0, min(1, alpha x + beta)).',
  attributes: { alpha: 'float', beta: 'float' },
  infer: ([x]) => [like(x)],
  grad: 'none',
  float64: false,
  elementwise: ([x], { alpha, beta }) => `Math.max(0,Math.min(1,${alpha}*${x}+${beta}))`,
}
// A power of two, so that the limit is met exactly: differences between numbers about it are far above 2^-100.
const steep = 2 ** 100
/** (x + 1) / 2, in one pass, for x from -1 to 1. */
export const toShare = (x: Value): Value => apply(hardSigmoidKernel, [x], { alpha: 0.5, beta: 0.5 })
/** 1 where x is above (or below) the limit, else 0, as numbers and in one pass. */
export function step(x: Value, limit: number, side: 'above' | 'below'): Value {
  // Next to 0 numbers lie closer. Those under 1e-38 count as 0; they are flushed anyway.
  const slope = (limit === 0 ? 1e38 : steep) * (side === 'above' ? 1 : -1)
  return apply(hardSigmoidKernel, [x], { alpha: slope, beta: limit === 0 ? 0 : -slope * limit })
}
