/** Gradus in Node: the isomorphic part, data sets, ONNX Runtime, and training. */

export type { Dataset, Split } from './data/index.ts'
export * as data from './data/index.ts'
export * from './index.ts'
export { type CompileOptions, compile, compileGraph, Program } from './runtime/index.ts'
export {
  type Checkpoint,
  createRunFolder,
  defineHook,
  defineRecipe,
  earlyStopping,
  type FitOptions,
  fit,
  type Hook,
  type Interrupted,
  jsonLines,
  loadCheckpoint,
  minimize,
  openRunFolder,
  plotSchedule,
  type Recipe,
  RunFolder,
  type RunSummary,
  readEvents,
  readSafetensors,
  reduceOnPlateau,
  type Scores,
  type Sink,
  saveCheckpoint,
  type TrainEvent,
  type Trained,
  terminalProgress,
  trainRun,
  writePicture,
} from './train/index.ts'
