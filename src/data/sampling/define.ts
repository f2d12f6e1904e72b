import { type About, ensure, type Random, registerMaker } from '../../core/index.ts'
import type { Sampling } from '../batch-plan.ts'
import type { Labels } from '../dataset.ts'
import { groupByLabel } from '../stratify.ts'

/** How many samples of each class an epoch has, and in what order. */
export interface ClassSampling {
  /** How many samples of a class are taken, of `own` that it has; the others have `counts`. */
  take(own: number, counts: readonly number[]): number
  /** Brings the samples of the classes, each in random order, into the order of the epoch. Default: any. */
  arrange?(classes: readonly Uint32Array[], into: Uint32Array, random: Random): void
}

/**
 * Makes the function that makes a way of choosing samples by class, with a record in the catalog. A class gives each of its
 * samples equally often: all of them so many times, and some, drawn anew each epoch, once more.
 */
export function defineSampling<Args extends readonly unknown[]>(
  name: string,
  make: (...args: Args) => ClassSampling,
  about: About<NoInfer<Args>>,
): (...args: Args) => Sampling {
  const define = (...args: Args): Sampling => {
    const { take, arrange = anyOrder } = make(...args)
    const quotas = (classes: readonly (readonly number[])[]) => {
      const counts = classes.map(({ length }) => length)
      return counts.map((own) => take(own, counts))
    }
    return {
      name,
      count: (indices, labels) =>
        quotas(membersOf(indices, labels, name)).reduce((sum, quota) => sum + quota, 0),
      fill(into, indices, labels, random) {
        const classes = membersOf(indices, labels, name)
        const chosen = quotas(classes).map((quota, c) => draw(classes[c]!, quota, random))
        arrange(chosen, into, random)
      },
    }
  }
  registerMaker('sampling', name, define, about)
  return define
}

/** The samples of each class, by label. */
function membersOf(indices: Uint32Array, labels: Labels, name: string): number[][] {
  ensure(labels instanceof Int32Array, `${name}: expected classes, got numbers to predict`, 'leave it out')
  const places = groupByLabel(Int32Array.from(indices, (sample) => labels[sample]!))
  return [...places].sort(([a], [b]) => a - b).map(([, at]) => at.map((i) => indices[i]!))
}

/** `quota` of the samples in random order: all equally often, and as many as are missing once more. */
function draw(samples: readonly number[], quota: number, random: Random): Uint32Array {
  const chosen = new Uint32Array(quota)
  for (let at = 0; at < quota; at += samples.length)
    chosen.set(random.shuffle([...samples]).slice(0, quota - at), at)
  return chosen
}

function anyOrder(classes: readonly Uint32Array[], into: Uint32Array, random: Random): void {
  let at = 0
  for (const samples of classes) {
    into.set(samples, at)
    at += samples.length
  }
  random.shuffle(into)
}
