import type { Tensor } from '../../core/index.ts'
import { distributionOf } from '../charts/distribution.ts'
import type { Histogram, LayerStatistics, Moments } from '../statistics-event.ts'
import { saturatedShare } from './ends.ts'
import { rounded } from './rounded.ts'
import type { ActiveUnits } from './units.ts'
import { outputsOf, type WatchedCall } from './watch.ts'

export interface LayerOptions {
  /** What the watched graph gave. */
  readonly outputs: Readonly<Record<string, Tensor>>
  /** Bins of histograms; 0 for none. */
  readonly bins: number
  /** What the gradients are multiplied by: samples looked at by samples of the batch, whose mean the loss is. */
  readonly share: number
  readonly units: ActiveUnits
}

/** The statistics of call number `index` of the watched graph. */
export function layerStatistics(call: WatchedCall, index: number, options: LayerOptions): LayerStatistics {
  const { outputs, bins, share, units } = options
  const activations = outputs[outputsOf.activations(index)]!
  const { moments, zeros, histogram } = describe(activations, Math.max(1, bins))
  const key = call.call > 1 ? `${call.path}#${call.call}` : call.path
  return {
    path: call.path,
    type: call.type,
    ...(call.call > 1 && { call: call.call }),
    ...moments,
    zeros: rounded(zeros),
    ...(call.ends && { saturated: rounded(saturatedShare(activations.data, call.ends)) }),
    ...(call.canDie && { dead: rounded(units.dead(key, outputs[outputsOf.largest(index)]!.data)) }),
    ...(bins > 0 && { histogram }),
    gradient: momentsOf(outputs[outputsOf.gradients(index)]!, share),
  }
}

/** Mean and standard deviation of the finite elements, which are 0 if there are none. */
export function momentsOf(values: Tensor, factor = 1): Moments {
  return describe(values, 1, factor).moments
}

function describe(values: Tensor, bins: number, factor = 1) {
  const { mean, std, zeros, notFinite, counts, edges } = distributionOf(values, bins)
  const isEmpty = notFinite === 1
  const moments: Moments = {
    mean: isEmpty ? 0 : rounded(mean * factor),
    std: isEmpty ? 0 : rounded(std * factor),
    ...(notFinite > 0 && { nonFinite: rounded(notFinite) }),
  }
  const histogram: Histogram = { from: rounded(edges[0]!), to: rounded(edges.at(-1)!), counts }
  return { moments, zeros, histogram }
}
