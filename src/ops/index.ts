/** ONNX operators as records (shape rule, gradient, definition), and the functions that build them. */
export * from './binary.ts'
export * from './cast.ts'
export * from './compare.ts'
export { apply, applyAll, defineOperator, findOperator, type Operand, operators } from './define.ts'
export * from './reduce.ts'
export * from './shape.ts'
export * from './unary.ts'
export * from './where.ts'
