import { ensure } from '../core/index.ts'
import type { Indices, Split } from './dataset.ts'

/** How many samples each class has, by label. */
export function countClasses({ labels }: Split, classes: number, indices: Indices = 'all'): number[] {
  const counts = new Array<number>(classes).fill(0)
  if (indices === 'all') for (const label of labels) counts[label]!++
  else for (const sample of indices) counts[labels[sample]!]!++
  return counts
}

/**
 * Weights for a loss that make rare classes count as much as common ones, for `losses.crossEntropy({ classWeights })`.
 *
 * - `balanced`: total / (classes * count), so that every class has the same weight in all.
 * - `sqrt`: the square root of that, which is gentler to the common classes.
 * - `effective`: (1 - beta) / (1 - beta^count), beta = 0.999: further copies of what is there add less and less (Cui et al.,
 *   Class-balanced loss based on effective number of samples, 2019).
 *
 * All are scaled so that their mean over the samples is 1: the size of the loss stays, and the learning rate with it.
 * @param counts how many samples each class has, at least one.
 */
export function classWeights(
  counts: readonly number[],
  kind: 'balanced' | 'sqrt' | 'effective' = 'balanced',
): number[] {
  const missing = counts.findIndex((count) => !(count > 0))
  ensure(
    missing < 0,
    `classWeights: expected samples of every class, got ${counts[missing]} of class ${missing}`,
  )
  const rule = rules[kind]
  ensure(rule, `classWeights: expected ${Object.keys(rules).join(', ')}, got "${kind}"`)
  const raw = counts.map(rule)
  const total = counts.reduce((sum, count) => sum + count, 0)
  const mean = raw.reduce((sum, weight, c) => sum + weight * counts[c]!, 0) / total
  return raw.map((weight) => weight / mean)
}

const BETA = 0.999
const rules = {
  balanced: (count: number) => 1 / count,
  sqrt: (count: number) => 1 / Math.sqrt(count),
  effective: (count: number) => (1 - BETA) / (1 - BETA ** count),
}
