import { ensure, ensureKnownOptions } from '../core/index.ts'
import type { PreprocessWatcher } from '../data/index.ts'
import type { CompileOptions } from '../runtime/index.ts'
import type { Sink, Watcher } from './events.ts'
import type { Checkpoint } from './run/checkpoint.ts'
import type { Keeper } from './run/keeper.ts'

export interface FitOptions extends CompileOptions {
  /** Names the run in events; default: the recipe's name or the data set's. */
  readonly run?: string
  /** Where checkpoints go; by default only the best weights are kept, in memory. */
  readonly keeper?: Keeper
  /** The state to go on from. */
  readonly resume?: Checkpoint
  /** What watches the run. */
  readonly sinks?: readonly Sink[]
  /** What looks at the run and says what it found out, such as `liveDoctor()`; the sinks get that as events. */
  readonly watch?: Watcher
  /** Is told how far preprocessing is that takes long (PCA of thousands of features), before the first event. */
  readonly preparing?: PreprocessWatcher
  /** The folder with the data, for recipes that ask for it. */
  readonly dataDir?: string
  /** Stop after this many steps in all. */
  readonly maxSteps?: number
  /** Write a checkpoint every so many steps, besides those after each epoch; default: every minute. */
  readonly checkpointSteps?: number
  /** Ends the run early, after the step under way and with a checkpoint. */
  readonly signal?: AbortSignal
}

const optionNames: Readonly<Record<keyof FitOptions, true>> = {
  run: true,
  keeper: true,
  resume: true,
  sinks: true,
  watch: true,
  preparing: true,
  dataDir: true,
  maxSteps: true,
  checkpointSteps: true,
  signal: true,
  threads: true,
  lowering: true,
  programs: true,
}

/** @throws naming the option that is wrong. */
export function checkFitOptions(options: FitOptions): void {
  ensureKnownOptions('fit', options, Object.keys(optionNames))
  for (const name of ['maxSteps', 'checkpointSteps'] as const) {
    const steps = options[name]
    ensure(
      steps === undefined || (Number.isInteger(steps) && steps > 0),
      `${name}: expected a whole number of steps, at least 1, got ${steps}`,
    )
  }
}

/** What a compilation is to do, of the options of something that compiles. */
export const compileOptions = ({ threads, lowering, programs }: CompileOptions): CompileOptions => ({
  threads,
  lowering,
  programs,
})
