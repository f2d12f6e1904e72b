/** Gradus where there is no Node: everything that builds graphs, and nothing that reads files or runs ONNX Runtime. */
export * as augment from './augment/index.ts'
export { type Augmentation, defineAugmentation } from './augment/index.ts'
export { gradients } from './autodiff/index.ts'
export {
  cloneTensor,
  type DType,
  GradusError,
  numbersOf,
  Random,
  type Shape,
  type Tensor,
  tensor,
  VERSION,
  zeros,
} from './core/index.ts'
export { type EnsembleOptions, ensemble } from './ensemble/index.ts'
export {
  constant,
  Graph,
  input,
  Node,
  printGraph,
  sameGraph,
  Value,
  verify as verifyGraph,
  withScope,
} from './graph/index.ts'
export * as nn from './nn/index.ts'
export {
  defineLayer,
  defineLoss,
  formatSummary,
  init,
  type Layer,
  type Loss,
  losses,
  summary,
  trace,
  zoo,
} from './nn/index.ts'
export { type OnnxModel, readOnnx, writeOnnx } from './onnx/index.ts'
export * as ops from './ops/index.ts'
export * as optim from './optim/index.ts'
export {
  addDecay,
  addElasticNet,
  addL1,
  byRate,
  chain,
  clipByGlobalNorm,
  clipByRunningNorm,
  clipByValue,
  decoupledDecay,
  defineOptimizer,
  defineTransform,
  groups,
  type Link,
  lookahead,
  maxNorm,
  momentum,
  type Optimizer,
  scaleByAdam,
  scheduled,
} from './optim/index.ts'
export * as schedules from './schedules/index.ts'
export { defineSchedule, type Schedule } from './schedules/index.ts'
