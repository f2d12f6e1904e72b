import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensure, ensureKnownOptions, unknownName } from '../../core/index.ts'
import { type Dataset, type Indices, joinSplits, loader, type Split } from '../../data/index.ts'
import { bceWithLogits, crossEntropy, type Loss, mse } from '../../nn/index.ts'
import type { CompileOptions } from '../../runtime/index.ts'
import type { Scores } from '../events.ts'
import { EVALUATION_BATCH } from '../recipe/prepare.ts'
import { attempt } from '../run/file-error.ts'
import { type Answers, classAnswers, isYesNo, numberAnswers, yesNoAnswers } from './answers.ts'
import { type ClassReport, classReport, meanLoss } from './class-report.ts'
import type { Evaluable } from './evaluable.ts'
import { type Network, openNetwork, readNetwork } from './network.ts'
import { type NumberReport, numberReport } from './number-report.ts'
import { type Predictions, predictAll } from './predictions.ts'
import { type Tta, type View, viewsOf } from './views.ts'

/** The samples that can be evaluated on: the names of the parts of a data set, and all of them. */
export const splitNames = ['test', 'validation', 'train', 'all'] as const
export type SplitName = (typeof splitNames)[number]

export interface EvaluateOptions extends CompileOptions {
  /** The data, for a model that is given by its path. */
  readonly data?: Dataset
  /**
   * The samples (default `test`); `train` are those that were trained on, without those for validation. `all` are for data that
   * the network has not learned from: a model by its path.
   */
  readonly split?: SplitName
  /** What the network is shown of each picture (default `none`: the picture), or views of your own. */
  readonly tta?: Tta | readonly View[]
  /** How many of the samples with the highest loss are listed (default 20). */
  readonly worst?: number
  /** Is told after each batch how many samples are done. */
  readonly watch?: (done: number, all: number) => void
}

/** On what a network was evaluated, and how. */
export interface Occasion {
  /** Name of the data set. */
  readonly data: string
  readonly split: SplitName
  readonly samples: number
  /** How the test samples were drawn from all, if nothing said which they are. */
  readonly drawn?: Dataset['drawn']
  /** Test-time augmentation by name; `own` for views that were given. */
  readonly tta: Tta | 'own'
  /** How often each sample was looked at. */
  readonly views: number
  /** Scores of the pictures as they are, where several views were averaged; the loss of numbers is the squared error. */
  readonly plain?: Scores
  readonly seconds: number
}

/** What a network is worth on samples. Plain data. */
export type Evaluation = Occasion & (ClassReport | NumberReport)

const optionNames: readonly (keyof EvaluateOptions)[] = [
  'data',
  'split',
  'tta',
  'worst',
  'watch',
  'threads',
  'lowering',
]

/**
 * Evaluates a network in detail: loss, accuracy with its interval, measures by class, calibration, what is confused with what,
 * and the worst samples; for numbers the errors. With test-time augmentation the probabilities of several views are averaged.
 * ```ts
 * const run = await fit(recipe)
 * const { accuracy, classes } = await evaluate(run, { tta: 'ten-crop' })
 * await evaluate('runs/digits-1', { data: await data.digits() })
 * ```
 * @param of what `fit` gave; or the path of an ONNX file or of a run folder with `model.onnx`, with `data` in the options.
 * @throws if the network does not fit the data, or there are no such samples.
 */
export async function evaluate(of: Evaluable | string, options: EvaluateOptions = {}): Promise<Evaluation> {
  ensureKnownOptions('evaluate', options, optionNames)
  const { split = 'test', tta = 'none', worst = 20, watch = () => {}, threads, lowering } = options
  ensure(
    Number.isInteger(worst) && worst >= 0,
    `evaluate: expected worst, a whole number of at least 0, got ${worst}`,
  )
  const subject = typeof of === 'string' ? fromPath(of, options.data) : of
  const { data } = subject
  const { samples, indices } = samplesOf(subject, split)
  const started = performance.now()
  const views = viewsOf(tta, data.inputShape)
  const model = readNetwork(subject.toOnnx(), EVALUATION_BATCH)
  const network = await openNetwork(model, { views, threads, lowering })
  expectClasses(network, data)
  const loss = subject.loss ?? usualLoss(network, data)
  const batches = loader(samples, indices, { ...common, shuffle: false })
  const predictions = await predictAll(network, batches, answersTo(loss, network, data), watch)
  const parts = { data, loss, worst, threads, lowering }
  const report = await reportOn(predictions, parts)
  const { plain } = predictions
  const scores = plain && scoresOf(await reportOn({ ...predictions, values: plain }, parts))
  return {
    data: data.name,
    split,
    samples: predictions.samples.length,
    ...(data.drawn && split !== 'all' && { drawn: data.drawn }),
    tta: typeof tta === 'string' ? tta : 'own',
    views: views.length,
    ...(scores && { plain: scores }),
    seconds: (performance.now() - started) / 1000,
    ...named(report, samples),
  }
}

/** The report with the names of its worst samples, where they have some. */
function named<R extends ClassReport | NumberReport>(report: R, { nameOf }: Split): R {
  if (!nameOf) return report
  return { ...report, worst: report.worst.map((sample) => ({ ...sample, name: nameOf(sample.sample) })) }
}

const scoresOf = (report: ClassReport | NumberReport): Scores =>
  report.task === 'regression' ? { loss: report.mse } : { loss: report.loss, accuracy: report.accuracy }

const common = { batchSize: EVALUATION_BATCH }

interface ReportParts extends CompileOptions {
  readonly data: Dataset
  readonly loss: Loss
  readonly worst: number
}

async function reportOn(
  predictions: Predictions,
  { data, loss, worst, ...compile }: ReportParts,
): Promise<ClassReport | NumberReport> {
  if (data.task === 'regression' || loss.task === 'regression')
    return numberReport({ predictions, targets: targetsOf(data), worst })
  const mean = await meanLoss(loss, predictions, { ...common, ...compile })
  return classReport({ predictions, classes: data.classes, worst, loss: mean })
}

function fromPath(path: string, data: Dataset | undefined): Evaluable {
  ensure(
    data,
    `evaluate: expected the data for ${path}, got none`,
    'for example: evaluate(path, { data: await data.digits() })',
  )
  const bytes = attempt(`cannot read ${path}`, () =>
    readFileSync(statSync(path).isDirectory() ? join(path, 'model.onnx') : path),
  )
  return { toOnnx: () => bytes, data }
}

/** The samples of a split by name. */
function samplesOf({ data, samples }: Evaluable, split: SplitName): { samples: Split; indices: Indices } {
  if (!splitNames.includes(split)) throw unknownName('split', split, splitNames)
  if (split === 'test') return { samples: data.test, indices: 'all' }
  if (split === 'train') return { samples: data.train, indices: samples?.train ?? 'all' }
  if (split === 'all') {
    const advice = 'take test, validation or train; all are for a model on data that are new to it'
    ensure(
      !samples,
      `${data.name}: expected a part of the data of a run, which has learned from some, got all`,
      advice,
    )
    return { samples: joinSplits(data.train, data.test), indices: 'all' }
  }
  ensure(
    samples?.validation,
    `${data.name}: expected samples for validation, found none that were set apart`,
    samples ? 'the recipe has validation: 0' : 'a model alone does not say which: evaluate the run',
  )
  return { samples: data.train, indices: samples.validation }
}

/** Fails if the network's classes, as far as its file tells them, are not those of the data. */
function expectClasses({ metadata }: Network, data: Dataset): void {
  const text = metadata['gradus.classes']
  if (text === undefined || data.task !== 'classification') return
  const found = JSON.stringify(data.classes)
  ensure(
    text === found,
    `${data.name}: expected the classes that the network was trained on, found others`,
    `network: ${text}`,
    `data: ${found}`,
  )
}

const usualLoss = ({ outputs }: Network, data: Dataset): Loss => {
  if (data.task === 'regression') return mse()
  return isYesNo(outputs, data.classes.length) ? bceWithLogits() : crossEntropy()
}

/** How the network's outputs are read: as the loss that it was trained with does. */
function answersTo({ task }: Loss, { outputs }: Network, data: Dataset): Answers {
  if (task === 'regression') return numberAnswers(targetsOf(data).length)
  if (data.task === 'regression') return numberAnswers(outputs, (logit) => 1 / (1 + Math.exp(-logit)))
  if (task === 'classification') return classAnswers(data.classes.length)
  const { length } = data.classes
  ensure(length === 2, `${data.name}: expected two classes to answer no and yes with, got ${length}`)
  return yesNoAnswers
}

/** What is to be predicted; the label itself, where a network learns classes as numbers. */
const targetsOf = (data: Dataset): readonly string[] =>
  data.task === 'regression' ? data.targets : ['label']
