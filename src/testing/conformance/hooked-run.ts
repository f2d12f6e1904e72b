import { cloneTensor, Random, type Tensor } from '../../core/index.ts'
import { makeDataset, makeSplit } from '../../data/index.ts'
import { linear } from '../../nn/index.ts'
import { sgd } from '../../optim/index.ts'
import { cosine, warmup } from '../../schedules/index.ts'
import type { TrainEvent } from '../../train/events.ts'
import { fit } from '../../train/fit.ts'
import type { EpochReport, Hook } from '../../train/hook.ts'
import type { Progress } from '../../train/loop.ts'
import type { Checkpoint } from '../../train/run/checkpoint.ts'
import type { Keeper } from '../../train/run/keeper.ts'

/** Steps in an epoch. */
export const STEPS = 2
const [EPOCHS, BATCH, FEATURES] = [24, 8, 3]

export interface HookedRun {
  /** The rate of each step. */
  readonly rates: readonly number[]
  /** What the hooks have seen; of the last part only, if the run was resumed. */
  readonly reports: readonly EpochReport[]
  readonly progress: Readonly<Progress>
  readonly tensors: ReadonlyMap<string, Tensor>
}

/**
 * A run of 24 epochs with a warm-up of 3, whose loss all but stands still: a hook that waits for something better has
 * something to do.
 * @param parts after how many steps in all the run is stopped and goes on, with hooks made anew.
 */
export async function hookedRun(
  hooks: readonly Hook[],
  parts: { readonly stops: readonly number[]; readonly make: () => readonly Hook[] } = {
    stops: [],
    make: () => hooks,
  },
): Promise<HookedRun> {
  const keeper = newestKeeper()
  const recipe = {
    data,
    model: linear(FEATURES, 2),
    optimizer: sgd(1e-6),
    schedule: warmup({ epochs: 3 }).andThen(cosine({ to: 1e-7 })),
    epochs: EPOCHS,
    batchSize: BATCH,
    validation: 0.2,
  }
  const options = { threads: 1, lowering: false, keeper }
  for (const maxSteps of parts.stops) {
    await fit({ ...recipe, hooks: parts.make() }, { ...options, maxSteps, resume: keeper.newest() })
  }
  const events: TrainEvent[] = []
  const sinks = [(event: TrainEvent) => void events.push(event)]
  const last = parts.stops.length > 0 ? parts.make() : hooks
  const trained = await fit({ ...recipe, hooks: last }, { ...options, sinks, resume: keeper.newest() })
  return {
    rates: events.flatMap((event) => (event.type === 'step' ? [event.rate] : [])),
    reports: events.filter((event) => event.type === 'epoch'),
    progress: trained.progress,
    tensors: trained.tensors,
  }
}

/** Rows of numbers with classes that have nothing to do with them. */
const data = (() => {
  const split = (count: number) => {
    const random = new Random('hooked run', count)
    const rows = Float32Array.from({ length: count * FEATURES }, () => random.normal())
    const classes = Int32Array.from({ length: count }, () => random.integer(2))
    return makeSplit(rows, classes, [FEATURES])
  }
  const common = { name: 'noise', inputRange: [-5, 5], classes: ['a', 'b'] } as const
  return makeDataset({ ...common, train: split((BATCH * STEPS) / 0.8), test: split(BATCH) })
})()

/** Keeps copies of the newest and the best state in memory. */
function newestKeeper(): Keeper & { newest(): Checkpoint | undefined } {
  const held = new Map<string, Checkpoint>()
  return {
    save(kind, { tensors, state }) {
      const copies = new Map([...tensors].map(([name, tensor]) => [name, cloneTensor(tensor)]))
      held.set(kind, { tensors: copies, state: structuredClone(state) })
      return undefined
    },
    loadBest: () => held.get('best'),
    newest: () => held.get('last'),
  }
}
