import { ensure } from '../core/index.ts'
import type { Engine } from './engine.ts'
import type { Scores, Untimed } from './events.ts'
import type { Prepared } from './recipe/prepare.ts'
import type { Keeper } from './run/keeper.ts'
import type { RunState } from './run/state.ts'

interface TestParts {
  readonly prepared: Prepared
  readonly state: RunState
  readonly engine: Engine
  readonly keeper: Keeper
  /** Whether to look into the labels, too. */
  readonly withDoubts: boolean
  readonly emit: (event: Untimed) => Promise<void>
}

/** Goes back to the best weights and evaluates them on the test split. */
export async function testBest(parts: TestParts): Promise<Scores> {
  const { prepared, state, engine, keeper, withDoubts, emit } = parts
  const { test } = prepared
  const { progress, tensors } = state
  const best = keeper.loadBest()
  ensure(best, 'the checkpoint of the best epoch is gone; it was written during this run')
  for (const [name, held] of tensors)
    (held.data as Float32Array).set(best.tensors.get(name)!.data as Float32Array)
  await engine.population?.()
  const started = performance.now()
  const scores = await engine.evaluate(test)
  const epoch = progress.best?.epoch ?? progress.epoch
  const seconds = (performance.now() - started) / 1000
  const doubts = withDoubts ? await engine.doubts?.() : undefined
  const told = { scores, samples: test.samplesPerEpoch, seconds, ...(doubts && { doubts }) }
  await emit({ type: 'evaluation', step: progress.step, split: 'test', epoch, ...told })
  return scores
}
