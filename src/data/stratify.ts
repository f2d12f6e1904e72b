import { ensure, type KeyPart, Random } from '../core/index.ts'
import type { Split } from './dataset.ts'

export interface ValidationOptions {
  /** The part of the samples to validate on, between 0 and 1 (default 0.1). */
  fraction?: number
  /** Another seed gives another split (default 0). */
  seed?: number
}

/** Which samples of a split to train on and which to validate on, each in increasing order. */
export interface ValidationSplit {
  readonly train: Uint32Array
  readonly validation: Uint32Array
}

/**
 * Sets samples apart to validate on, without copying any: a random part, in which every class has its share, and at
 * least one sample. The same seed gives the same split.
 * @throws if `fraction` is not between 0 and 1, or if a class has a single sample.
 */
export function splitValidation(split: Split, options: ValidationOptions = {}): ValidationSplit {
  const { fraction = 0.1, seed = 0 } = options
  ensure(
    fraction > 0 && fraction < 1,
    `splitValidation: expected a fraction between 0 and 1, got ${fraction}`,
  )
  const wanted = Math.round(split.count * fraction)
  const { taken, rest } = stratify(split.labels, wanted, [seed, 'validation'])
  return { train: rest, validation: taken }
}

/** Sample numbers in increasing order. */
export interface Stratified {
  readonly taken: Uint32Array
  readonly rest: Uint32Array
}

/**
 * Takes `wanted` samples at random, of each class in proportion. Every class keeps at least one sample on either side,
 * so that many small classes can make it more than `wanted`, or fewer when `wanted` is nearly all.
 * @param key of the random streams, one a class.
 * @throws if a class has a single sample.
 */
export function stratify(labels: Int32Array, wanted: number, key: readonly KeyPart[]): Stratified {
  const classes = [...groupByLabel(labels)].sort(([a], [b]) => a - b)
  for (const [label, members] of classes) {
    ensure(
      members.length >= 2,
      `class ${label} has one sample, expected at least 2: one for either side of a stratified split`,
      'add samples of the class, or leave it out',
    )
  }
  const quotas = apportion(
    classes.map(([, members]) => members.length),
    wanted,
  )
  const isTaken = new Uint8Array(labels.length)
  classes.forEach(([label, members], c) => {
    const shuffled = new Random(...key, label).shuffle(members)
    for (const sample of shuffled.slice(0, quotas[c])) isTaken[sample] = 1
  })
  const numbers = Uint32Array.from(labels.keys())
  return { taken: numbers.filter((i) => isTaken[i] === 1), rest: numbers.filter((i) => isTaken[i] === 0) }
}

function groupByLabel(labels: Int32Array): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  labels.forEach((label, sample) => {
    const group = groups.get(label)
    if (group) group.push(sample)
    else groups.set(label, [sample])
  })
  return groups
}

/** Whole numbers in proportion to `counts` with sum `wanted`, each from 1 to count - 1: largest remainders first. */
function apportion(counts: readonly number[], wanted: number): number[] {
  const total = counts.reduce((a, b) => a + b, 0)
  const exact = counts.map((count) => (wanted * count) / total)
  const quotas = exact.map((share, c) => Math.min(Math.max(Math.floor(share), 1), counts[c]! - 1))
  let missing = wanted - quotas.reduce((a, b) => a + b, 0)
  const byRemainder = [...counts.keys()].sort(
    (a, b) => exact[b]! - quotas[b]! - (exact[a]! - quotas[a]!) || a - b,
  )
  for (const c of byRemainder) {
    if (missing <= 0 || quotas[c]! >= counts[c]! - 1) continue
    quotas[c]!++
    missing--
  }
  return quotas
}
