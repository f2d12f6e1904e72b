import { ensureKnownOptions } from '../../core/index.ts'
import { type Dataset, type Split, splitFolds, takeSamples, type ValidationSplit } from '../../data/index.ts'
import { type CompileOptions, Programs } from '../../runtime/index.ts'
import type { EpochEvent, Scores, TrainEvent } from '../events.ts'
import { type FitOptions, fit } from '../fit.ts'
import { classesOf, loadData } from '../recipe/prepare.ts'
import { checkRecipe, type Recipe } from '../recipe/recipe.ts'
import { meanScores, spreadOf } from './fold-scores.ts'

export interface CrossValidateOptions extends Omit<CompileOptions, 'programs'> {
  /** How many parts the training samples are divided into, and how often a network is trained: 2 to 255; default 5. */
  readonly folds?: number
  /** What watches the runs. */
  readonly sinks?: readonly FoldSink[]
  /** Is told how far preprocessing is that takes long: of each fold. */
  readonly preparing?: FitOptions['preparing']
  /** The folder with the data, for recipes that ask for it. */
  readonly dataDir?: string
  /** Stop each run after this many steps. */
  readonly maxSteps?: number
  /** Ends it after the step under way; the folds that are done by then count. */
  readonly signal?: AbortSignal
}

/** What a network came to that was trained on all parts but one. */
export interface FoldResult {
  /** From 1. */
  readonly fold: number
  /** Samples that it was trained and validated on. */
  readonly train: number
  /** Samples of the part that it had never seen. */
  readonly heldOut: number
  /** On that part, with the weights of the best epoch. */
  readonly scores: Scores
  /** From 1. */
  readonly bestEpoch: number
  /** The epochs of the run. */
  readonly epochs: readonly FoldEpoch[]
  readonly seconds: number
}

export type FoldEpoch = Pick<EpochEvent, 'epoch' | 'train' | 'validation'>

/** How well a recipe does, and how much that depends on which samples it got. Plain data. */
export interface CrossValidation {
  /** Whether all folds were done. */
  readonly outcome: 'finished' | 'interrupted'
  /** Name of the data set. */
  readonly data: string
  readonly seed: number
  /** How many there were to be. */
  readonly folds: number
  /** Those that were done. */
  readonly results: readonly FoldResult[]
  /** Of each score over the folds; empty if none was done. */
  readonly mean: Readonly<Record<string, number>>
  /** Standard deviation over the folds, with n - 1; empty for fewer than two. */
  readonly std: Readonly<Record<string, number>>
  readonly seconds: number
  /** Graphs that were compiled, for all folds together. */
  readonly compiled: number
}

/** What happens in cross-validation: the events of each run with the number of its fold, each result, and all in the end. */
export type FoldEvent =
  | (TrainEvent & { readonly fold: number; readonly folds: number })
  | ({ readonly type: 'fold'; readonly time: string; readonly folds: number } & FoldResult)
  | ({ readonly type: 'folds'; readonly time: string } & CrossValidation)

/** Takes events, one after the other; may take its time, which the runs wait for. */
export type FoldSink = (event: FoldEvent) => void | Promise<void>

const optionNames: Readonly<Record<keyof CrossValidateOptions, true>> = {
  folds: true,
  sinks: true,
  preparing: true,
  dataDir: true,
  maxSteps: true,
  signal: true,
  threads: true,
  lowering: true,
}

/**
 * Tells how well a recipe does on samples that it has not seen, by training it `folds` times: each time another part of the
 * training samples is held out and scored in the end. Parts are stratified, and keep groups together. Each run is the one that
 * `fit` does on the other parts: it sets its own validation samples apart from them, and fits its preprocessing to them, so what
 * is held out neither trains the network nor chooses its best epoch. The test samples stay untouched.
 *
 * Graphs are compiled once for all runs, except those that depend on the samples (PCA, class weights).
 * ```ts
 * const { mean, std } = await crossValidate(recipe, { folds: 5 })
 * console.log(`${mean.accuracy} +- ${std.accuracy}`)
 * ```
 * Source: Kohavi, A study of cross-validation and bootstrap for accuracy estimation and model selection, 1995.
 * @throws if a class (or the groups) has fewer members than there are folds, and whatever `fit` throws.
 */
export async function crossValidate(
  recipe: Recipe,
  options: CrossValidateOptions = {},
): Promise<CrossValidation> {
  ensureKnownOptions('crossValidate', options, Object.keys(optionNames))
  const { folds = 5, sinks = [], dataDir, signal, ...rest } = options
  const checked = checkRecipe(recipe)
  const { seed } = checked
  const data = await loadData(checked, dataDir)
  const parts = splitFolds(data.train, folds, { seed, classes: classesOf(data) })
  const started = performance.now()
  const emit = async (event: FoldEvent) => {
    for (const sink of sinks) await sink(event)
  }
  const programs = new Programs()
  const results: FoldResult[] = []
  for (const [i, part] of parts.entries()) {
    const fold = { data, part, fold: i + 1, folds }
    const result = await runFold(recipe, fold, { ...rest, signal, programs }, emit)
    if (!result) break
    results.push(result)
    await emit({ type: 'fold', time: new Date().toISOString(), folds, ...result })
  }
  const scores = results.map((result) => result.scores)
  const validation: CrossValidation = {
    outcome: results.length === folds ? 'finished' : 'interrupted',
    data: data.name,
    seed,
    folds,
    results,
    mean: meanScores(scores),
    std: spreadOf(scores),
    seconds: (performance.now() - started) / 1000,
    compiled: programs.compiled,
  }
  await emit({ type: 'folds', time: new Date().toISOString(), ...validation })
  return validation
}

interface Fold {
  readonly data: Dataset
  readonly part: ValidationSplit
  readonly fold: number
  readonly folds: number
}

/** Trains on all parts but one; undefined if the person stopped it. */
async function runFold(
  recipe: Recipe,
  { data, part, fold, folds }: Fold,
  options: CompileOptions & Pick<CrossValidateOptions, 'maxSteps' | 'signal' | 'preparing'>,
  emit: FoldSink,
): Promise<FoldResult | undefined> {
  if (options.signal?.aborted) return undefined
  const started = performance.now()
  const epochs: FoldEpoch[] = []
  const sink = async (event: TrainEvent) => {
    if (event.type === 'epoch')
      epochs.push({ epoch: event.epoch, train: event.train, validation: event.validation })
    await emit({ ...event, fold, folds })
  }
  // Nobody looks at what is inside of networks that are thrown away, unless the recipe asks for it.
  const { statistics = false } = recipe
  const own = { ...recipe, data: dataOf(data, part, fold), statistics }
  const run = await fit(own, { ...options, sinks: [sink] })
  if (run.outcome === 'interrupted') return undefined
  return {
    fold,
    train: part.train.length,
    heldOut: part.validation.length,
    scores: run.test,
    bestEpoch: run.progress.best!.epoch,
    epochs,
    seconds: (performance.now() - started) / 1000,
  }
}

/** The data of a fold: what is held out is its test split. What there is to say of the data is said once. */
function dataOf(data: Dataset, { train, validation }: ValidationSplit, fold: number): Dataset {
  const all: Split = data.train
  const parts = { train: takeSamples(all, train), test: takeSamples(all, validation) }
  return { ...data, ...parts, notices: fold === 1 ? (data.notices ?? []) : [] } as Dataset
}
