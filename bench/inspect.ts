import { statisticsDefaults } from '../src/train/statistics/index.ts'
import { interleave } from './interleave.ts'
import { type BenchModel, benchModels } from './models.ts'
import { median, medianRatio, rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { ownWorker, startWorker, type Timing, type Worker } from './worker.ts'

/** The networks whose steps are looked at: small, middle and large. */
export const inspectCases: readonly BenchModel[] = benchModels.filter(({ name }) =>
  ['mlp', 'vgg', 'resnet18'].includes(name),
)

/**
 * The side that looks does so at every so many steps, which is more often than a run does: what it costs stands out from
 * the noise of the machine, and is then spread over as many steps as in a run.
 */
export const LOOK_EVERY = 4

/** What a worker of this benchmark is told. */
export interface InspectTask extends BenchModel {
  readonly threads: number
  /** Whether it looks at every {@link LOOK_EVERY}th step. */
  readonly statistics: boolean
}

/** What looking at a network's steps costs. */
export interface InspectRow {
  readonly case: string
  /** Median time of a step that nobody looks at, in milliseconds. */
  readonly ms: number
  /** Mean time of a step in a run with the default statistics. */
  readonly msWithStatistics: number
  /** The share that it is longer by. */
  readonly overhead: number
}

/** Measures the steps of one network with and without statistics; the two take turns. */
export async function measureInspect(
  model: BenchModel,
  { threads, rounds }: { threads: number; rounds: number },
  report: (text: string) => void,
): Promise<InspectRow> {
  const workers: Worker[] = []
  try {
    for (const statistics of [false, true]) {
      report(`${model.name}: starting ${statistics ? 'with' : 'without'} statistics`)
      const task: InspectTask = { ...model, threads, statistics }
      workers.push((await startWorker('gradus', ownWorker('gradus-inspect'), task)).worker)
    }
    const onRound = (round: number) => report(`${model.name}: round ${round}/${rounds}`)
    const [plain, looking] = await interleave(workers, rounds, onRound)
    return inspectRow(model.name, plain!, looking!)
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
  }
}

/** The row of a network, from mean times of steps without statistics and with those of every {@link LOOK_EVERY}th. */
export function inspectRow(name: string, plain: readonly Timing[], looking: readonly Timing[]): InspectRow {
  const [ours, theirs] = [plain, looking].map((timings) => timings.map(({ ms }) => ms)) as [
    number[],
    number[],
  ]
  const ms = median(ours)
  const overhead = ((medianRatio(theirs, ours) - 1) * LOOK_EVERY) / statisticsDefaults.every
  return {
    case: name,
    ms: rounded(ms),
    msWithStatistics: rounded(ms * (1 + overhead)),
    overhead: rounded(overhead, 3),
  }
}

/** The rows for people. */
export function formatInspect(rows: readonly InspectRow[]): string {
  return formatTable(
    ['case', 'ms', 'with statistics', 'overhead'],
    rows.map((row) => [row.case, row.ms, row.msWithStatistics, `${(100 * row.overhead).toFixed(1)}%`]),
  )
}
