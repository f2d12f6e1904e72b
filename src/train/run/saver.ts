import type { Engine } from '../engine.ts'
import type { Untimed } from '../events.ts'
import type { Seams } from '../loop.ts'
import { explainState, report } from '../step/provenance.ts'
import type { Keeper, Kind } from './keeper.ts'
import { checkpointOf, type RunState } from './state.ts'

/** Time between checkpoints within an epoch, in milliseconds. */
const SAVE_INTERVAL = 60_000

interface SaverParts {
  readonly state: RunState
  readonly engine: Engine
  readonly keeper: Keeper
  readonly emit: (event: Untimed) => Promise<void>
}

/** What writes checkpoints of a run, none of numbers that are not finite. */
export function saver({ state, engine, keeper, emit }: SaverParts): Seams['save'] {
  const { progress } = state
  const { step, rateBefore } = engine
  const [began, earlier] = [performance.now(), progress.seconds]
  return async (kind: Kind) => {
    const held = { tensors: state.tensors, state: step.state, rate: rateBefore(progress.step) }
    const failure = explainState(held, progress.step)
    if (failure) await report(failure, progress.step, emit)
    progress.seconds = earlier + (performance.now() - began) / 1000
    const path = keeper.save(kind, checkpointOf(state, step.state))
    if (path) await emit({ type: 'checkpoint', step: progress.step, kind, path, epoch: progress.epoch })
  }
}

/** Says after each step whether a checkpoint is due: every so many steps, or by the clock. */
export function checkpointTimer(everySteps: number | undefined): Seams['checkpointDue'] {
  let last = performance.now()
  return (step) => {
    if (everySteps !== undefined) return step % everySteps === 0
    const now = performance.now()
    const due = now - last > SAVE_INTERVAL
    if (due) last = now
    return due
  }
}
