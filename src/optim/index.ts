/** Optimizers: chains of gradient transformations, and the element-wise graph that a chain makes for a parameter. */
export * from './adam-scaling.ts'
export * from './aliases.ts'
export * from './by-rate.ts'
export * from './chain.ts'
export * from './clip.ts'
export {
  addDecay,
  addElasticNet,
  addL1,
  type DecayOptions,
  decoupledDecay,
  type ElasticNetOptions,
} from './decay.ts'
export * from './define-optimizer.ts'
export * from './define-transform.ts'
export * from './groups.ts'
export * from './link.ts'
export * from './lookahead.ts'
export * from './max-norm.ts'
export * from './momentum.ts'
export * from './numbers.ts'
export * from './rms-scaling.ts'
export * from './second-order/index.ts'
export * from './update.ts'
