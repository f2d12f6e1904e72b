import { type About, ensure, type JsonObject, registerMaker } from '../core/index.ts'
import type { Scores } from './events.ts'

/** What a hook sees of an epoch that is over. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number
  /** Steps done. */
  readonly step: number
  readonly train: Scores
  /** Absent without a validation split. */
  readonly validation?: Scores
  /** Whether no epoch was better so far. */
  readonly best: boolean
  /** Learning rate of the epoch's last step. */
  readonly rate: number
}

/** What a hook answers: its next state, and what it asks for. */
export interface Verdict<S> {
  readonly state: S
  /** What the learning rate is multiplied by from now on, besides its schedule. */
  readonly rateFactor?: number
  /** Ends the run. */
  readonly stop?: boolean
  /** Tells the person. */
  readonly message?: string
}

/**
 * Takes part in training without being part of the loop. Its state is plain data that goes into checkpoints, so that a
 * resumed run goes on where it was.
 */
export interface Hook<S extends JsonObject = JsonObject> {
  /** Names its state in checkpoints. */
  readonly name: string
  /** What it starts with. */
  readonly state: S
  /** Called after every whole epoch. A pure function. */
  afterEpoch(report: EpochReport, state: S): Verdict<S>
}

/** What hooks leave in the progress of a run. */
export interface HookProgress {
  /** The states of the hooks, by their names. */
  hooks?: Record<string, JsonObject>
  /** What the learning rate is multiplied by besides its schedule; 1 if absent. */
  rateFactor?: number
  /** The hook that ended the run. */
  stoppedBy?: string
}

/**
 * Makes the function that makes a kind of hook. With `about` the kind is in the catalog: `gradus list` and the docs find
 * it there.
 * ```ts
 * const stopAt = defineHook('stopAt', (accuracy: number) => ({
 *   state: {},
 *   afterEpoch: ({ validation }, state) => ({ state, stop: (validation?.accuracy ?? 0) >= accuracy }),
 * }))
 * ```
 */
export function defineHook<Args extends readonly unknown[], S extends JsonObject>(
  name: string,
  make: (...args: Args) => Omit<Hook<S>, 'name'>,
  about?: About<NoInfer<Args>>,
): (...args: Args) => Hook {
  // A hook gets only states that it gave, which is what the narrower type says.
  const define = (...args: Args): Hook => ({ name, ...(make(...args) as unknown as Omit<Hook, 'name'>) })
  if (about) registerMaker('hook', name, define, about)
  return define
}

/** Lets the hooks see an epoch; what they ask for goes into `progress`. Returns what they have to say. */
export function runHooks(
  hooks: readonly Hook[],
  report: EpochReport,
  progress: HookProgress,
): readonly string[] {
  const messages: string[] = []
  for (const hook of hooks) {
    const held = progress.hooks?.[hook.name] ?? hook.state
    const { state, rateFactor = 1, stop, message } = hook.afterEpoch(report, held)
    ensure(
      rateFactor > 0 && rateFactor < Infinity,
      `hook "${hook.name}": expected a factor of the rate above 0, got ${rateFactor}`,
    )
    progress.hooks = { ...progress.hooks, [hook.name]: state }
    if (rateFactor !== 1) progress.rateFactor = (progress.rateFactor ?? 1) * rateFactor
    if (stop) progress.stoppedBy ??= hook.name
    if (message) messages.push(message)
  }
  return messages
}
