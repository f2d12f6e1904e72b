import { existsSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ensure, GradusError } from '../../core/index.ts'
import { writeCurves } from '../charts/curves.ts'
import { emitter, type RunSummary, type Sink, type Watcher } from '../events.ts'
import { type FitOptions, fit } from '../fit.ts'
import type { Progress } from '../loop.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { checkpointNames, type LatestCheckpoint, loadLatest } from './checkpoint.ts'
import { readEvents } from './event-log.ts'
import { folderKeeper } from './keeper.ts'
import type { RunFolder } from './run-folder.ts'
import { Tally } from './tally.ts'

export interface RunOptions extends Omit<FitOptions, 'run' | 'keeper' | 'resume'> {
  /** Go on from the folder's newest checkpoint instead of starting. */
  readonly resume?: boolean
}

/**
 * Trains in a run folder, which then holds checkpoints, events, and when the run is over `model.onnx`, `curves.svg`,
 * `curves.png` and `summary.json`.
 * @returns the summary, which is also the last event.
 */
export async function trainRun(
  recipe: Recipe,
  folder: RunFolder,
  options: RunOptions = {},
): Promise<RunSummary> {
  const unlock = folder.lock()
  try {
    return await trainAlone(recipe, folder, options)
  } finally {
    unlock()
  }
}

async function trainAlone(recipe: Recipe, folder: RunFolder, options: RunOptions): Promise<RunSummary> {
  const checkpoint = options.resume ? newestCheckpoint(folder) : undefined
  const isLogLost = checkpoint !== undefined && !existsSync(folder.events.path)
  const tally = checkpoint ? continuedTally(folder, checkpoint, options.watch) : new Tally(folder.path)
  // The log comes last: when the disk is full, the person still sees what happened.
  const sinks: Sink[] = [tally.sink, ...(options.sinks ?? []), folder.events.sink]
  let started = false
  const watch: Sink = ({ type }) => {
    started ||= type === 'start'
  }
  const emit = emitter(...sinks)
  const keeper = folderKeeper(folder.checkpoints)
  try {
    if (checkpoint?.notice) {
      keeper.save('last', checkpoint) // in the place of the damaged one
      await emit({ type: 'notice', step: tally.steps, message: checkpoint.notice })
    }
    if (isLogLost) await emit({ type: 'notice', step: tally.steps, message: lostLog(folder) })
    const trained = await fit(recipe, {
      ...options,
      run: folder.path,
      keeper,
      resume: checkpoint,
      sinks: [watch, ...sinks],
    })
    if (trained.outcome === 'finished') {
      const model = folder.file('model.onnx')
      await trained.export(model)
      tally.files.push(model, ...(await writeCurves(folder)))
    }
    return await finish(trained.outcome)
  } catch (error) {
    // A run that is refused stays as it was. What went wrong first is what matters: the same full disk may not take the
    // summary either.
    if (started) await finish('failed').catch(() => {})
    throw error
  } finally {
    folder.events.close()
  }

  async function finish(outcome: RunSummary['outcome']): Promise<RunSummary> {
    const summary = tally.summary(outcome)
    try {
      folder.writeSummary(summary)
    } finally {
      await emit({ type: 'end', step: summary.steps, ...summary })
    }
    return summary
  }
}

/** The checkpoint to go on from; none if the run was stopped before it wrote its first: then it begins again. */
function newestCheckpoint(folder: RunFolder): LatestCheckpoint | undefined {
  const paths = Object.values(checkpointNames).map((name) => join(folder.checkpoints, name))
  if (paths.some((path) => existsSync(path))) return loadLatest(folder.checkpoints)
  const steps = existsSync(folder.events.path) ? (readEvents(folder.events.path).at(-1)?.step ?? 0) : 0
  ensure(
    steps === 0,
    `${folder.checkpoints}: expected the checkpoints of a run that has done ${steps} steps, found none`,
    'it cannot go on without them: start a new run',
  )
  rmSync(folder.events.path, { force: true })
  return undefined
}

const lostLog = ({ events }: RunFolder) =>
  `${events.path} is missing: going on from the checkpoint; logs and curves begin here`

/** Makes the log read as if nothing had come after the checkpoint, and the tally and the watcher as if they had seen all of it. */
function continuedTally(folder: RunFolder, { state, path }: LatestCheckpoint, watch?: Watcher): Tally {
  const progress = state.progress as unknown as Progress
  const tally = new Tally(folder.path, progress)
  if (!existsSync(folder.events.path)) return tally
  try {
    folder.events.rewind(progress.step, basename(path) === checkpointNames.best ? 'best' : 'last')
    for (const event of readEvents(folder.events.path)) {
      tally.sink(event)
      watch?.(event) // what it says of them is in the log
    }
    return tally
  } catch (cause) {
    if (!(cause instanceof GradusError)) throw cause
    const advice = 'the checkpoint is whole: remove the file to go on without what it says'
    throw new GradusError(cause.message.split('\n')[0]!, [...cause.notes, advice], { cause })
  }
}
