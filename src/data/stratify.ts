import { ensure, type KeyPart, Random } from '../core/index.ts'

/** Sample numbers in increasing order. */
export interface Stratified {
  readonly taken: Uint32Array
  readonly rest: Uint32Array
}

/**
 * Takes `wanted` samples at random, of each class in proportion. Every class keeps at least one sample on either side,
 * so that many small classes can make it more than `wanted`, or fewer when `wanted` is nearly all.
 * @param key of the random streams, one a class.
 * @param names of the classes, for messages.
 * @throws if a class has a single sample.
 */
export function stratify(
  labels: ArrayLike<number>,
  wanted: number,
  key: readonly KeyPart[],
  names?: readonly string[],
): Stratified {
  const classes = [...groupByLabel(labels)].sort(([a], [b]) => a - b)
  for (const [label, members] of classes) {
    ensure(
      members.length >= 2,
      `class ${className(label, names)} has one sample, expected at least 2: one for either side of a stratified split`,
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
  const numbers = Uint32Array.from({ length: labels.length }, (_, i) => i)
  return { taken: numbers.filter((i) => isTaken[i] === 1), rest: numbers.filter((i) => isTaken[i] === 0) }
}

/** What a person calls a class: its name, or its label where that is not known. */
export const className = (label: number, names: readonly string[] | undefined): string =>
  names?.[label] === undefined ? String(label) : `"${names[label]}"`

/** The samples of each class. */
export function groupByLabel(labels: ArrayLike<number>): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (let sample = 0; sample < labels.length; sample++) {
    const label = labels[sample]!
    const group = groups.get(label)
    if (group) group.push(sample)
    else groups.set(label, [sample])
  }
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
