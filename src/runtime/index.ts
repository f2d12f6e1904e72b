/** Running graphs: the only room that knows ONNX Runtime (sessions, buffers, lowering passes). */
export { allocateTogether, type FusedLoop, type FusedSums, fuse, fuseSums } from './fuse/index.ts'
export * from './program.ts'
export { openSession, type Session, type SessionOptions } from './session.ts'
