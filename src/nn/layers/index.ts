/** The layers: each declares parameters under torch's names and composes operators. */
export * from './activations.ts'
export * from './batch-norm.ts'
export * from './containers.ts'
export * from './conv.ts'
export * from './dropout.ts'
export * from './linear.ts'
export * from './pool.ts'
export * from './shape.ts'
