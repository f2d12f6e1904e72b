import type { LayerStatistics } from '../../train/index.ts'
import type { RunHistory, Sample } from '../history.ts'
import { smallest } from '../measure.ts'

/** Only some samples of some batches are looked at: of fewer than this, many a unit is silent that speaks for the next. */
const SAMPLES = 32

/** The share of the run, its end, in which units must be silent. */
const RECENT = 0.4

export interface DeadShare {
  readonly layer: LayerStatistics
  /** The smallest share that was silent in any of the last epochs of which enough was seen: no more are dead for good. */
  readonly dead: number
  /** At the first step that was looked at, of few samples: at most so many were dead from the start. */
  readonly before: number
}

/** For each layer that can die, how much of it is dead. */
export function deadShares({ start, samples }: RunHistory): DeadShare[] {
  // Silence counts from the start of each epoch: what was seen of it must be enough.
  const enough = Math.min(SAMPLES, 0.1 * (start?.data?.train ?? Number.NaN))
  const trusted = samples.filter((sample) => seenIn(sample, start) >= enough)
  const last = trusted.at(-1)
  if (!last) return []
  const recent = trusted.filter(({ epoch }) => epoch >= Math.min(last.epoch - 1, (1 - RECENT) * last.epoch))
  return last.layers.flatMap((layer) => {
    const deadIn = (list: typeof trusted) =>
      smallest(list.flatMap(({ layers }) => layers.find(({ path }) => path === layer.path)?.dead ?? []))
    const dead = deadIn(recent)
    return Number.isFinite(dead) ? [{ layer, dead, before: deadIn(samples.slice(0, 1)) }] : []
  })
}

/** Samples that the shares of dead units are over. */
function seenIn({ epochSamples, step, epoch }: Sample, start: RunHistory['start']): number {
  if (typeof epochSamples === 'number') return epochSamples
  return (step - (epoch - 1) * (start?.stepsPerEpoch ?? Number.NaN)) * (start?.batchSize ?? Number.NaN)
}
