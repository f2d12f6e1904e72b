import { type Batch, type Loader, prefetch } from '../data/index.ts'
import type { Schedule } from '../schedules/index.ts'
import { rmseOf, type Units } from './evaluation/number-errors.ts'
import type { Scores, Untimed } from './events.ts'
import { type Hook, type HookProgress, runHooks } from './hook.ts'
import type { StatisticsProgress } from './statistics/index.ts'
import type { StepResult } from './step/step.ts'

/** Where a run stands. Plain data that goes into checkpoints; the loop changes it in place. */
export interface Progress extends HookProgress, StatisticsProgress {
  /** Steps done. */
  step: number
  /** Epochs done. */
  epoch: number
  /** Steps done in the epoch under way. */
  batch: number
  /** Sums over the epoch under way. */
  totals: Totals
  /** Wall-clock time of the run when this was saved, interruptions excluded. */
  seconds: number
  /** The best evaluation so far; `epoch` counts from 1. */
  best?: { epoch: number; scores: Scores }
}

export interface Totals {
  loss: number
  /** Absent where there are no classes. */
  correct?: number
  /** Of the errors, by number to predict; absent where there are none. */
  squares?: readonly number[]
  samples: number
  /** Training time, evaluation and checkpoints excluded. */
  seconds: number
}

export const freshTotals = (): Totals => ({ loss: 0, samples: 0, seconds: 0 })
export const freshProgress = (): Progress => ({
  step: 0,
  epoch: 0,
  batch: 0,
  totals: freshTotals(),
  seconds: 0,
})

/** What the loop calls; everything that training does besides counting is behind one of these. */
export interface Seams {
  /** Does step number `step` (from 0) on a batch, with the learning rate multiplied by `factor`. */
  train(batch: Batch, step: number, factor: number): Promise<StepResult>
  /** Scores on the validation samples; absent if there are none. */
  evaluate?: () => Promise<Scores>
  /** Says that a step failed (its loss or a gradient is not finite): throws. */
  fail(step: number, result: StepResult): Promise<never>
  save(kind: 'last' | 'best'): Promise<void>
  /** Asked after every step: is a checkpoint due? */
  checkpointDue(step: number): boolean
  emit(event: Untimed): Promise<void>
}

export interface LoopOptions {
  readonly loader: Loader
  readonly epochs: number
  /** Stop after this many steps in all, wherever that is. */
  readonly maxSteps?: number
  readonly rate: Schedule
  /** Of the numbers to predict, where they are standardized. */
  readonly units?: Units
  readonly hooks?: readonly Hook[]
  /** Stops the run after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal
}

/** Runs from where `progress` stands to the end of the last epoch. */
export async function trainLoop(
  progress: Progress,
  options: LoopOptions,
  seams: Seams,
): Promise<'finished' | 'interrupted'> {
  const { loader, epochs, maxSteps = Number.POSITIVE_INFINITY, signal } = options
  while (progress.epoch < epochs && progress.step < maxSteps && !progress.stoppedBy) {
    let asked = performance.now()
    for await (const batch of prefetch(loader.batches(progress.epoch, progress.batch))) {
      const waited = (performance.now() - asked) / 1000
      await oneStep({ ...batch, waited }, progress, options, seams)
      if (signal?.aborted) {
        await seams.save('last')
        return 'interrupted'
      }
      if (progress.step >= maxSteps) break
      if (seams.checkpointDue(progress.step)) await seams.save('last')
      asked = performance.now()
    }
    const whole = progress.batch === loader.batchesPerEpoch
    await (whole ? endEpoch : stopWithinEpoch)(progress, options, seams)
  }
  return 'finished'
}

/** A batch, and how many seconds went by until it was there. */
type ReadyBatch = Batch & { readonly waited: number }

async function oneStep(
  batch: ReadyBatch,
  progress: Progress,
  options: LoopOptions,
  seams: Seams,
): Promise<void> {
  const started = performance.now()
  const { step, totals, rateFactor: factor = 1 } = progress
  const result = await seams.train(batch, step, factor)
  const { loss, correct, squares, broken } = result
  if (!Number.isFinite(loss) || broken !== undefined) await seams.fail(step, result)
  const seconds = (performance.now() - started) / 1000
  progress.step++
  progress.batch++
  totals.loss += loss * batch.count
  if (correct !== undefined) totals.correct = (totals.correct ?? 0) + correct
  if (squares) totals.squares = squares.map((square, i) => square + (totals.squares?.[i] ?? 0))
  totals.samples += batch.count
  totals.seconds += seconds
  await seams.emit({
    type: 'step',
    step: progress.step,
    epoch: progress.epoch + 1,
    batch: progress.batch,
    batches: options.loader.batchesPerEpoch,
    loss,
    rate: options.rate(step, { factor }),
    metrics: metricsOf({ correct, squares, samples: batch.count }, options),
    seconds,
    waited: batch.waited,
    samplesPerSecond: batch.count / seconds,
  })
}

async function endEpoch(progress: Progress, options: LoopOptions, seams: Seams): Promise<void> {
  const { totals, batch: batches } = progress
  const validation = await seams.evaluate?.()
  progress.epoch++
  progress.batch = 0
  progress.totals = freshTotals()
  const scores = { train: scoresOf(totals, options), validation }
  // Without validation samples there is nothing to choose by: the newest weights are the best.
  const best = !validation || !progress.best || isBetter(validation, progress.best.scores)
  if (best) progress.best = { epoch: progress.epoch, scores: validation ?? scores.train }
  const event = { ...epochEvent(progress, options, totals), batches, ...scores, best }
  const messages = runHooks(options.hooks ?? [], event, progress)
  await seams.emit(event)
  for (const message of messages) await seams.emit({ type: 'notice', step: progress.step, message })
  if (best) await seams.save('best')
  await seams.save('last')
}

/**
 * Ends a run that `maxSteps` stops within an epoch. Checkpoints hold the place within it, so that the run can go on from
 * there to the same bits as one that never stopped. Hence a part of an epoch does not compete with whole ones: its weights
 * are the best only where there are no others, or nothing to choose by, and no checkpoint says that they were.
 */
async function stopWithinEpoch(progress: Progress, options: LoopOptions, seams: Seams): Promise<void> {
  const { totals, batch } = progress
  const batches = options.loader.batchesPerEpoch
  await seams.save('last')
  const validation = await seams.evaluate?.()
  const scores = { train: scoresOf(totals, options), validation }
  const best = !validation || !progress.best
  if (best) {
    await seams.save('best')
    progress.best = { epoch: progress.epoch + 1, scores: validation ?? scores.train }
  }
  const event = epochEvent(progress, options, totals)
  await seams.emit({ ...event, epoch: progress.epoch + 1, batches, batch, ...scores, best })
}

/** What is said of an epoch besides its scores. */
const epochEvent = (
  { step, epoch, rateFactor }: Progress,
  { epochs, rate }: LoopOptions,
  totals: Totals,
) => ({
  type: 'epoch' as const,
  step,
  epoch,
  epochs,
  rate: rate(step - 1, { factor: rateFactor }),
  seconds: totals.seconds,
  samplesPerSecond: totals.samples / totals.seconds,
})

const scoresOf = (totals: Totals, options: LoopOptions): Scores => ({
  loss: totals.loss / totals.samples,
  ...metricsOf(totals, options),
})

/** Measures besides the loss, of a batch or of an epoch so far. */
const metricsOf = (
  { correct, squares, samples }: { correct?: number; squares?: readonly number[]; samples: number },
  { units }: LoopOptions,
): Readonly<Record<string, number>> => ({
  ...(correct !== undefined && { accuracy: correct / samples }),
  ...(squares && { rmse: rmseOf(squares, samples, units) }),
})

/** More accurate; of equal accuracy (or without one), of smaller loss. */
function isBetter(a: Scores, b: Scores): boolean {
  const [right, known] = [a.accuracy ?? 0, b.accuracy ?? 0]
  return right === known ? a.loss < b.loss : right > known
}
