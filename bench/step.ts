import { ensure } from '../src/core/index.ts'
import { interleave } from './interleave.ts'
import type { BenchModel } from './models.ts'
import { median, medianRatio, rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { ownWorker, pythonPeer, startWorker, type Timing, type Worker } from './worker.ts'

export interface StepOptions {
  /** Threads on each side. */
  readonly threads: number
  /** Turns that each side gets. */
  readonly rounds: number
  /** Whether our graph is rewritten for this machine. */
  readonly lowering: boolean
  /** Whether PyTorch is measured beside it. */
  readonly torch: boolean
}

/** What a worker of this benchmark is told. */
export interface StepTask extends BenchModel {
  readonly threads: number
  /** Ours only. */
  readonly lowering?: boolean
  /** PyTorch only: the layout of images and weights. */
  readonly channelsLast?: boolean
}

/** One network's training step, beside PyTorch's; null where PyTorch was not measured. */
export interface StepRow {
  readonly model: string
  /** Median time of our step, in milliseconds. */
  readonly gradusMs: number
  readonly torchMs: number | null
  readonly torchChannelsLastMs: number | null
  /** Time of PyTorch's better layout / our time: above 1 we are faster. */
  readonly ratio: number | null
  readonly gradusPeakMB: number
  /** Of the better layout. */
  readonly torchPeakMB: number | null
  /** From the model's description to the result of the first step: first values, graph, compilation, one step. */
  readonly compileMs: number
}

/** Measures the training step of one network. */
export async function measureStep(
  model: BenchModel,
  options: StepOptions,
  report: (text: string) => void,
): Promise<StepRow> {
  const { threads, rounds, lowering, torch } = options
  const workers: Worker[] = []
  const parameters: number[] = []
  const start = async (name: string, command: readonly string[], extra: Partial<StepTask>) => {
    report(`${model.name}: starting ${name}`)
    const { worker, ready } = await startWorker(name, command, { ...model, threads, ...extra })
    workers.push(worker)
    parameters.push(ready.parameters)
    return ready
  }
  try {
    const { startMs } = await start('gradus', ownWorker('gradus-step'), { lowering })
    if (torch) {
      await start('torch', pythonPeer('torch_step'), { channelsLast: false })
      await start('torch channels-last', pythonPeer('torch_step'), { channelsLast: true })
    }
    ensure(
      parameters.every((count) => count === parameters[0]),
      `${model.name}: the sides must train the same network, but have ${parameters.join(', ')} parameters`,
    )
    const onRound = (round: number) => report(`${model.name}: round ${round}/${rounds}`)
    return stepRow(model.name, startMs, await interleave(workers, rounds, onRound))
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
  }
}

/**
 * The row of a network.
 * @param timings `[side][round]`: ours, then none or PyTorch in its usual and in its channels-last layout.
 */
export function stepRow(model: string, compileMs: number, timings: readonly (readonly Timing[])[]): StepRow {
  const times = timings.map((side) => side.map(({ ms }) => ms))
  const peaks = timings.map((side) => rounded(side.at(-1)!.peakMB))
  const [ours, ...layouts] = times
  const ratios = layouts.map((theirs) => medianRatio(theirs, ours!))
  const best = ratios.indexOf(Math.min(...ratios))
  const medianOf = (side: number) => (times[side] ? rounded(median(times[side])) : null)
  return {
    model,
    gradusMs: rounded(median(ours!)),
    torchMs: medianOf(1),
    torchChannelsLastMs: medianOf(2),
    ratio: best < 0 ? null : rounded(ratios[best]!, 3),
    gradusPeakMB: peaks[0]!,
    torchPeakMB: best < 0 ? null : peaks[best + 1]!,
    compileMs: rounded(compileMs),
  }
}

/** The rows for people. */
export function formatStep(rows: readonly StepRow[], models: readonly BenchModel[]): string {
  const headings = [
    'model',
    'gradus ms',
    'images/s',
    'torch ms',
    'channels-last ms',
    'ratio',
    'gradus MB',
    'torch MB',
    'compile ms',
  ]
  const batchOf = (name: string) => models.find((model) => model.name === name)!.batchSize
  const cells = rows.map((row) => [
    row.model,
    row.gradusMs,
    rounded((1000 * batchOf(row.model)) / row.gradusMs, 3),
    row.torchMs,
    row.torchChannelsLastMs,
    row.ratio?.toFixed(2) ?? null,
    row.gradusPeakMB,
    row.torchPeakMB,
    row.compileMs,
  ])
  return formatTable(headings, cells)
}
