/** ONNX operators as records (shape rule, gradient, definition), and the functions that build them. */
import './methods.ts'

export * from './activation.ts'
export * from './argmax.ts'
export * from './binary.ts'
export * from './cast.ts'
export * from './clip.ts'
export * from './compare.ts'
export * from './concat.ts'
export * from './conv.ts'
export * from './conv-grad.ts'
export { apply, applyAll, defineOperator, findOperator, type Operand, operators } from './define.ts'
export * from './gate.ts'
export * from './gated.ts'
export * from './gather.ts'
export * from './gelu.ts'
export * from './gemm.ts'
export { type GridPadding, gridSample } from './grid-sample.ts'
export * from './matmul.ts'
export * from './norm.ts'
export * from './one-hot.ts'
export * from './pad.ts'
export * from './pool.ts'
export * from './pool-grad.ts'
export { type PoolAttrs, pooledShape } from './pool-window.ts'
export * from './reduce.ts'
export * from './scatter.ts'
export * from './shape.ts'
export * from './slice.ts'
export * from './softmax.ts'
export * from './standardize.ts'
export * from './tile.ts'
export * from './unary.ts'
export * from './where.ts'
export {
  unreached,
  type Window,
  type WindowAttrs,
  type WindowOptions,
  windowFrom,
  windowOf,
} from './window.ts'
