import { ensure, type KeyPart, Random } from '../core/index.ts'
import { groupByLabel } from './stratify.ts'

/**
 * Deals samples out to parts so that all samples of a group come to the same one, each part gets about its share, and of each
 * class in proportion: large groups first, each to the part that then lacks the least (as scikit-learn's
 * StratifiedGroupKFold does). Groups cannot be cut, so that parts are only about as large as asked for.
 * @param shares of the parts, which add up to 1.
 * @param key of the random stream that breaks ties.
 * @returns the part of each sample.
 * @throws if there are fewer groups than parts.
 */
export function dealGroups(
  labels: ArrayLike<number>,
  groups: Int32Array,
  shares: readonly number[],
  key: readonly KeyPart[],
): Uint8Array {
  const members = [...groupByLabel(groups).values()]
  ensure(
    members.length >= shares.length,
    `split: expected at least ${shares.length} groups, one for each part, got ${members.length}`,
  )
  const classes = [...groupByLabel(labels).keys()]
  const classOf = new Map(classes.map((label, c) => [label, c]))
  const counts = members.map((samples) => countClasses(samples, labels, classOf))
  const totals = classes.map((_, c) => counts.reduce((sum, count) => sum + count[c]!, 0))
  const lacking = shares.map((share) => totals.map((total) => total * share))
  const order = new Random(...key).shuffle(members.map((_, g) => g))
  order.sort((a, b) => members[b]!.length - members[a]!.length)
  const empty = new Set(shares.keys())
  const parts = new Uint8Array(groups.length)
  order.forEach((g, dealt) => {
    // As soon as the groups left are as many as the parts without one, those get them.
    const candidates = order.length - dealt <= empty.size ? [...empty] : [...shares.keys()]
    const part = candidates.reduce((best, p) =>
      excess(lacking[p]!, counts[g]!, totals) < excess(lacking[best]!, counts[g]!, totals) ? p : best,
    )
    empty.delete(part)
    counts[g]!.forEach((count, c) => {
      lacking[part]![c]! -= count
    })
    for (const sample of members[g]!) parts[sample] = part
  })
  return parts
}

function countClasses(
  samples: readonly number[],
  labels: ArrayLike<number>,
  classOf: ReadonlyMap<number, number>,
): number[] {
  const counts = new Array<number>(classOf.size).fill(0)
  for (const sample of samples) counts[classOf.get(labels[sample]!)!]!++
  return counts
}

/** How much worse a part fits its share with a group than without: the change of the squared shares that it lacks. */
function excess(lacking: readonly number[], count: readonly number[], totals: readonly number[]): number {
  return count.reduce((sum, n, c) => {
    const [before, after] = [lacking[c]! / totals[c]!, (lacking[c]! - n) / totals[c]!]
    return sum + after ** 2 - before ** 2
  }, 0)
}
