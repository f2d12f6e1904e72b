/** Gradus in Node: the isomorphic part, data sets, ONNX Runtime, and training. */

export type { Dataset, Split } from './data/index.ts'
export * as data from './data/index.ts'
export * from './index.ts'
export { type CompileOptions, compile, compileGraph, Program } from './runtime/index.ts'
export {
  type Checkpoint,
  createRunFolder,
  defineRecipe,
  type FitOptions,
  fit,
  type Interrupted,
  jsonLines,
  loadCheckpoint,
  openRunFolder,
  type Recipe,
  RunFolder,
  type RunSummary,
  readEvents,
  readSafetensors,
  type Scores,
  type Sink,
  saveCheckpoint,
  type TrainEvent,
  type Trained,
  terminalProgress,
  trainRun,
  writePicture,
} from './train/index.ts'
