import { setTimeout as sleep } from 'node:timers/promises'
import type { Timing } from './worker.ts'

/** Anything that does steps when told to. */
export interface Runner {
  steps(count: number): Promise<Timing>
}

/** A turn lasts at least about this long: after the others' turn the first steps find cold caches and sleeping threads. */
const turnMs = 100
/** Pause before each turn: ONNX Runtime's threads go on looking for work for up to 80 ms, on the cores of the next one. */
const settleMs = 120
/** The first steps of all, which may take several times as long as later ones: turns are not to be counted by them. */
const firstSteps = 2

/**
 * Lets the runners take turns, one at a time, and returns what each of them measured, round by round: `[runner][round]`.
 * @param onRound called after each round with its number, from 1.
 * @param warmUpMs how long each of them works before, about, after its first two steps; by default, for a turn.
 */
export async function interleave(
  runners: readonly Runner[],
  rounds: number,
  onRound: (round: number) => void = () => {},
  warmUpMs = turnMs,
): Promise<Timing[][]> {
  const counts: number[] = []
  for (const runner of runners) {
    let { ms } = await runner.steps(firstSteps)
    if (ms < warmUpMs) ms = (await runner.steps(Math.ceil(warmUpMs / ms))).ms
    counts.push(Math.max(1, Math.ceil(turnMs / ms)))
  }
  const timings: Timing[][] = runners.map(() => [])
  for (let round = 1; round <= rounds; round++) {
    for (const [i, runner] of runners.entries()) {
      await sleep(settleMs)
      timings[i]!.push(await runner.steps(counts[i]!))
    }
    onRound(round)
  }
  return timings
}
