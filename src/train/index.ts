/** Training: the step, the loop around it, and what a run leaves behind (events, checkpoints, run folder, curves). */
export { type Json, type JsonObject, parseJson } from '../core/index.ts'
export {
  activationHistograms,
  type HistogramOptions,
  type LayerHistogram,
} from './activation-histograms.ts'
export { axisText, colors, FONT, formatTick, inks } from './charts/chart-style.ts'
export { type ConfusionPictureData, drawConfusion } from './charts/confusion-picture.ts'
export { type ContactSheetOptions, contactSheet, type SheetPicture } from './charts/contact-sheet.ts'
export { drawCurves, writeCurves } from './charts/curves.ts'
export type { Distribution } from './charts/distribution.ts'
export { drawHistograms, type HistogramPictureOptions, type HistogramRow } from './charts/histograms.ts'
export { writePicture } from './charts/picture.ts'
export { plotSchedule, type ScheduleChartOptions } from './charts/schedule-chart.ts'
export { type Answers, classAnswers, isYesNo, numberAnswers, yesNoAnswers } from './evaluation/answers.ts'
export type { ClassReport, NamedPair, WorstSample } from './evaluation/class-report.ts'
export { type Evaluable, evaluableOf } from './evaluation/evaluable.ts'
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type Occasion,
  type SplitName,
  splitNames,
} from './evaluation/evaluation.ts'
export * from './evaluation/metrics/index.ts'
export { type Network, type NetworkOptions, openNetwork, readNetwork } from './evaluation/network.ts'
export type { NumberReport, WorstNumbers } from './evaluation/number-report.ts'
export {
  fiveCrops,
  plain,
  type Tta,
  ttaNames,
  type View,
  viewsOf,
  withMirrored,
  zooms,
} from './evaluation/views.ts'
export { writeEvaluation } from './evaluation/write-evaluation.ts'
export * from './events.ts'
export type { DataFacts, FeatureFacts, InputFacts } from './facts/data-facts.ts'
export type { Doubt, Doubts, LabelDoubts } from './facts/label-doubts.ts'
export type { Made, RecipeFacts } from './facts/recipe-facts.ts'
export type { WeightFacts } from './facts/weight-facts.ts'
export { type FitOptions, fit, type Interrupted, type Trained } from './fit.ts'
export {
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type FoldEvent,
  type FoldResult,
  type FoldSink,
} from './folds/cross-validate.ts'
export { foldsProgress, formatCrossValidation } from './folds/folds-progress.ts'
export { crossValidateRun, drawFolds, readFolds } from './folds/folds-run.ts'
export { defineHook, type EpochReport, type Hook, type Verdict } from './hook.ts'
export * from './logs/index.ts'
export { type Minimized, type MinimizeOptions, minimize } from './minimize.ts'
export { earlyStopping, type PatienceOptions, type PlateauOptions, reduceOnPlateau } from './patience.ts'
export { createPopulationStatistics, type PopulationOptions } from './population-statistics.ts'
export { augmenterOf } from './recipe/augmenter-of.ts'
export { loadData, type Prepared, prepare } from './recipe/prepare.ts'
export {
  type CheckedRecipe,
  checkRecipe,
  type DataSource,
  defineRecipe,
  type LabelInfo,
  type Recipe,
} from './recipe/recipe.ts'
export { atomicWrite } from './run/atomic-write.ts'
export * from './run/checkpoint.ts'
export { EventLog, readEvents } from './run/event-log.ts'
export { attempt } from './run/file-error.ts'
export { makeFolder } from './run/make-folder.ts'
export { jsonLines, type TextStream, terminalProgress } from './run/progress.ts'
export { type RunOptions, trainRun } from './run/run.ts'
export * from './run/run-folder.ts'
export * from './run/safetensors.ts'
export { shellWord } from './run/shell-word.ts'
export { saturatedShare } from './saturation.ts'
export type { StatisticsOptions } from './statistics/index.ts'
export * from './statistics-event.ts'
export { createTrainStep, type TrainStep } from './step/step.ts'
export { names } from './step/training-graph.ts'
export { Updater } from './step/updater.ts'
