import { z } from 'zod'

/** When and how a run looks at its activations, gradients, weights and updates. */
export interface StatisticsOptions {
  /**
   * Look at every step whose number is a multiple of this, besides the steps 1, 2, 4, 8 ... up to it, and the last of each
   * epoch that is as long. Default: 20.
   */
  readonly every?: number
  /** Bins of the histograms of activations; 0 leaves them out. Default: 30. */
  readonly histograms?: number
}

/** What is done if the recipe does not say otherwise. */
export const statisticsDefaults = { every: 20, histograms: 30 } as const

const isWhole = (value: unknown, least: number) =>
  value === undefined || (Number.isSafeInteger(value) && (value as number) >= least)

function isStatistics(value: unknown): boolean {
  if (value === false) return true
  if (typeof value !== 'object' || value === null) return false
  const { every, histograms, ...others } = value as Record<string, unknown>
  return isWhole(every, 1) && isWhole(histograms, 0) && Object.keys(others).length === 0
}

/** The field `statistics` of a recipe. */
export const statisticsSchema = z
  .custom<StatisticsOptions | false>(isStatistics, {
    error: ({ input }) =>
      `expected false or { every: 1 or more, histograms: 0 or more }, got ${JSON.stringify(input)}`,
  })
  .default(statisticsDefaults)
  .transform((given) => given && { ...statisticsDefaults, ...given })

/**
 * Whether a run looks at a step: densely at first, because trouble starts early. A function of the number alone, so that a
 * resumed run looks at the same steps.
 * @param step from 1.
 */
export function isSampled(step: number, every: number, stepsPerEpoch: number): boolean {
  const isEarly = step <= every && Number.isInteger(Math.log2(step))
  const endsEpoch = stepsPerEpoch >= every && step % stepsPerEpoch === 0
  return isEarly || endsEpoch || step % every === 0
}
