/** The doctor: looks at the events of a run as a good teacher would, says what is wrong with it, and what to try. */

export { applyChange, type Changed, type ChangeInfo } from './change.ts'
export {
  type Check,
  type CheckAbout,
  type CheckExample,
  type CheckSpec,
  type Diagnosis,
  defineCheck,
} from './check.ts'
export * from './checks/index.ts'
export {
  type Counterfactual,
  type CounterfactualOptions,
  type EpochPoint,
  firstTrial,
  type Trial,
  tryChange,
} from './counterfactual.ts'
export { type DataReport, describeData } from './data/describe-data.ts'
export { augmentationSheet, samplesSheet } from './data/sheets.ts'
export { checks, diagnose } from './diagnose.ts'
export * from './find-rate/index.ts'
export { RunHistory } from './history.ts'
export { liveDoctor, verdictOf } from './live.ts'
export { type ReadHistory, readHistory } from './read-history.ts'
export * from './verify/index.ts'
