/** Running graphs: the only room that knows ONNX Runtime (sessions, buffers, lowering passes). */
export { type Environment, environment, type Fact, type Instructions } from './environment.ts'
export {
  allocateTogether,
  type FusedLoop,
  type FusedSums,
  fuse,
  fuseSums,
  Team,
  type Work,
} from './fuse/index.ts'
export { foldAffine } from './lowering/fold-affine.ts'
export * from './program.ts'
export { Programs } from './programs.ts'
export { openSession, type Session, type SessionOptions } from './session.ts'
export { takesSharedMemory, updateThreads } from './shared-memory.ts'
