/** Training: the step, the loop around it, and what a run leaves behind (events, checkpoints, run folder, curves). */
export {
  activationHistograms,
  type HistogramOptions,
  type LayerHistogram,
} from './activation-histograms.ts'
export { type Answers, classAnswers, isYesNo, yesNoAnswers } from './answers.ts'
export { atomicWrite } from './atomic-write.ts'
export { augmenterOf } from './augmenter-of.ts'
export { axisText, colors, FONT, formatTick, inks } from './chart-style.ts'
export * from './checkpoint.ts'
export type { ClassReport, NamedPair, WorstSample } from './class-report.ts'
export { type ConfusionPictureData, drawConfusion } from './confusion-picture.ts'
export { type ContactSheetOptions, contactSheet, type SheetPicture } from './contact-sheet.ts'
export {
  type CrossValidateOptions,
  type CrossValidation,
  crossValidate,
  type FoldEvent,
  type FoldResult,
  type FoldSink,
} from './cross-validate.ts'
export { drawCurves, writeCurves } from './curves.ts'
export type { DataFacts, FeatureFacts, InputFacts } from './data-facts.ts'
export type { Distribution } from './distribution.ts'
export { type Evaluable, evaluableOf } from './evaluable.ts'
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type Occasion,
  type SplitName,
  splitNames,
} from './evaluation.ts'
export { EventLog, readEvents } from './event-log.ts'
export * from './events.ts'
export { attempt } from './file-error.ts'
export { type FitOptions, fit, type Interrupted, type Trained } from './fit.ts'
export { foldsProgress, formatCrossValidation } from './folds-progress.ts'
export { crossValidateRun, drawFolds, readFolds } from './folds-run.ts'
export { drawHistograms, type HistogramPictureOptions, type HistogramRow } from './histograms.ts'
export { defineHook, type EpochReport, type Hook, type Verdict } from './hook.ts'
export { type Json, type JsonObject, parseJson } from './json.ts'
export type { Doubt, Doubts, LabelDoubts } from './label-doubts.ts'
export * from './logs/index.ts'
export { makeFolder } from './make-folder.ts'
export * from './metrics/index.ts'
export { type Minimized, type MinimizeOptions, minimize } from './minimize.ts'
export { type Network, type NetworkOptions, openNetwork, readNetwork } from './network.ts'
export type { NumberReport, WorstNumbers } from './number-report.ts'
export { earlyStopping, type PatienceOptions, type PlateauOptions, reduceOnPlateau } from './patience.ts'
export { writePicture } from './picture.ts'
export { createPopulationStatistics, type PopulationOptions } from './population-statistics.ts'
export { loadData, type Prepared, prepare } from './prepare.ts'
export { jsonLines, type TextStream, terminalProgress } from './progress.ts'
export {
  type CheckedRecipe,
  checkRecipe,
  type DataSource,
  defineRecipe,
  type LabelInfo,
  type Recipe,
} from './recipe.ts'
export type { Made, RecipeFacts } from './recipe-facts.ts'
export { type RunOptions, trainRun } from './run.ts'
export * from './run-folder.ts'
export * from './safetensors.ts'
export { saturatedShare } from './saturation.ts'
export { plotSchedule, type ScheduleChartOptions } from './schedule-chart.ts'
export { shellWord } from './shell-word.ts'
export type { StatisticsOptions } from './statistics/index.ts'
export * from './statistics-event.ts'
export { createTrainStep, type TrainStep } from './step.ts'
export { names } from './training-graph.ts'
export { Updater } from './updater.ts'
export { fiveCrops, plain, type Tta, ttaNames, type View, viewsOf, withMirrored, zooms } from './views.ts'
export type { WeightFacts } from './weight-facts.ts'
export { writeEvaluation } from './write-evaluation.ts'
