import type { LayerStatistics } from '../../train/index.ts'
import { evidence } from '../check.ts'
import type { RunHistory } from '../history.ts'

/** Scale of the outputs of a layer with weights, at the first step that was looked at. */
export interface Scale {
  readonly path: string
  readonly type: string
  readonly std: number
}

/**
 * How the scale of what layers with weights give goes with depth, before training changes it. The last one is not among
 * them: a head may start small.
 */
export function scalesByDepth({ samples, start }: RunHistory): Scale[] {
  const first = samples[0]
  const perEpoch = start?.stepsPerEpoch ?? Number.NaN
  if (!first || first.step > Math.max(20, perEpoch / 10)) return []
  const weighted = first.layers.filter(hasWeights).filter(({ call }) => call === undefined)
  return weighted.slice(0, -1).map(({ path, type, std }) => ({ path, type, std }))
}

const hasWeights = ({ type }: LayerStatistics) => /^(linear|conv|depthwise|separable)/i.test(type)

export const scaleEvidence = (scales: readonly Scale[]) =>
  scales.map(({ path, std }) => ({ path, std: evidence(std) }))
