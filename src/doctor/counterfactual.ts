import { ensure } from '../core/index.ts'
import {
  type EpochEvent,
  type Finding,
  type FitOptions,
  fit,
  type JsonObject,
  type Recipe,
  type RunFolder,
  type Scores,
  type Sink,
  trainRun,
} from '../train/index.ts'
import { applyChange } from './change.ts'
import type { RunHistory } from './history.ts'

/** A suggestion that can be tried: its words and its change. */
export interface Trial {
  readonly title: string
  readonly change: JsonObject
  /** The check that suggested it. */
  readonly check: string
}

/** What came of a suggestion, beside the run that it was made for. */
export interface Counterfactual {
  readonly trial: Trial
  /** Parts of the change that could not be applied. */
  readonly left: readonly string[]
  /** By epoch, as far as both went. */
  readonly before: readonly EpochPoint[]
  readonly after: readonly EpochPoint[]
  /**
   * Whether it did better, by the last epoch that both have: by accuracy where there are classes, else (or if that is equal)
   * by loss. A run that failed is worse than any that did not. Undefined if neither has scores.
   */
  readonly better: boolean | undefined
}

export interface EpochPoint {
  readonly epoch: number
  readonly train: Scores
  readonly validation: Scores | undefined
}

export interface CounterfactualOptions
  extends Pick<FitOptions, 'dataDir' | 'threads' | 'lowering' | 'signal'> {
  /** Epochs to train; by default those of the original, at least one. */
  readonly epochs?: number
  /** Stop after this many steps; by default there is no other end than that of the epochs. */
  readonly maxSteps?: number
  /** A new run folder for it; by default nothing is kept. */
  readonly folder?: RunFolder
  readonly sinks?: readonly Sink[]
}

/** The first suggestion among findings, the worst first, that says what to change. */
export const firstTrial = (findings: readonly Finding[]): Trial | undefined =>
  findings.flatMap(({ check, suggestions = [] }) =>
    suggestions.flatMap(({ title, change }) => (change ? [{ check, title, change }] : [])),
  )[0]

/**
 * Trains what a suggestion makes of a recipe, from the same seed and as long as the run that it was made for, or as
 * `options` says, and puts the two beside each other. The original is not touched.
 * @throws if nothing of the change can be applied.
 */
export async function tryChange(
  recipe: Recipe,
  history: RunHistory,
  trial: Trial,
  options: CounterfactualOptions = {},
): Promise<Counterfactual> {
  const { folder, maxSteps, sinks = [], dataDir, threads, lowering, signal } = options
  const inputShape = history.start?.data?.inputShape ?? []
  const { recipe: changed, left } = applyChange(recipe, trial.change, { inputShape })
  ensure(
    left.length < Object.keys(trial.change).length,
    `doctor: "${trial.title}" cannot be applied to this recipe by itself`,
    `the change is ${JSON.stringify(trial.change)}: make it in the recipe`,
  )
  const epochs = options.epochs ?? Math.max(1, history.wholeEpochs.length)
  const seen: EpochEvent[] = []
  const watch: Sink = (event) => {
    if (event.type === 'epoch') seen.push(event)
  }
  // A schedule keeps the length of the original; the run ends earlier.
  const asked = { ...changed, epochs: Math.max(changed.epochs, epochs) }
  const stop = stopAfter(epochs, signal)
  const common = {
    dataDir,
    threads,
    lowering,
    maxSteps,
    signal: stop.signal,
    sinks: [watch, stop.sink, ...sinks],
  }
  try {
    await (folder ? trainRun(asked, folder, common) : fit(asked, common))
  } catch (error) {
    // It failed where the original did, or elsewhere: that is an answer, if it ever began.
    if (seen.length === 0 && !(error instanceof Error && /not finite|became/.test(error.message))) throw error
  }
  return compared(trial, left, history.epochs, seen)
}

/** Ends a run after so many epochs, without changing how long its schedule takes it to be. */
function stopAfter(epochs: number, given?: AbortSignal) {
  const controller = new AbortController()
  given?.addEventListener('abort', () => controller.abort(), { once: true })
  const sink: Sink = (event) => {
    if (event.type === 'epoch' && event.epoch >= epochs) controller.abort()
  }
  return { signal: controller.signal, sink }
}

function compared(
  trial: Trial,
  left: readonly string[],
  original: readonly EpochEvent[],
  changed: readonly EpochEvent[],
): Counterfactual {
  const [before, after] = [original, changed].map((events) => events.map(pointOf)) as [
    EpochPoint[],
    EpochPoint[],
  ]
  const both = Math.min(before.length, after.length)
  const better =
    both === 0 ? after.length > before.length || undefined : isBetter(after[both - 1]!, before[both - 1]!)
  return { trial, left, before, after, better: before.length < after.length && both === 0 ? true : better }
}

const pointOf = ({ epoch, train, validation }: EpochEvent): EpochPoint => ({ epoch, train, validation })

function isBetter(a: EpochPoint, b: EpochPoint): boolean {
  const [x, y] = [a.validation ?? a.train, b.validation ?? b.train]
  if (x.accuracy !== undefined && y.accuracy !== undefined && x.accuracy !== y.accuracy)
    return x.accuracy > y.accuracy
  return x.loss < y.loss
}
