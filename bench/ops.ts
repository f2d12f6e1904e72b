import { interleave } from './interleave.ts'
import { type OpCase, operationsOf, opNames } from './op-cases.ts'
import { median, medianRatio, rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { ownWorker, pythonPeer, startWorker, type Timing, type Worker } from './worker.ts'

export interface OpsOptions {
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
export type OpTask = OpCase & {
  readonly threads: number
  /** Ours only. */
  readonly lowering?: boolean
  /** PyTorch only: the layout of images and weights. */
  readonly channelsLast?: boolean
}

/** An operator on one shape, beside PyTorch's; null where PyTorch was not measured. */
export interface OpRow {
  readonly op: string
  readonly shape: string
  /** Median time of ours, in milliseconds. */
  readonly gradusMs: number
  /** 10^9 operations of float numbers in a second. */
  readonly gflops: number
  /** Of PyTorch in its better layout. */
  readonly torchMs: number | null
  readonly torchGflops: number | null
  /** PyTorch's time / our time: above 1 we are faster. */
  readonly ratio: number | null
  /** Our rate / the best rate that either side reached at this operator on any of the measured shapes. */
  readonly shareOfBest: number
}

/** Measures operators, each on one shape. */
export async function measureOps(
  cases: readonly OpCase[],
  options: OpsOptions,
  report: (text: string) => void,
): Promise<OpRow[]> {
  const { threads } = options
  const theirs: Worker[] = []
  const rows: OpRow[] = []
  try {
    // One process for each layout: those of PyTorch take seconds to start, ours does not.
    for (const channelsLast of options.torch ? [false, true] : []) {
      report('starting PyTorch')
      const task = { ...cases[0], threads, channelsLast }
      theirs.push((await startWorker('torch', pythonPeer('torch_op'), task)).worker)
    }
    for (const given of cases) rows.push(await measureOp(given, theirs, options, report))
  } finally {
    await Promise.all(theirs.map((worker) => worker.close()))
  }
  return withShares(rows)
}

async function measureOp(
  given: OpCase,
  theirs: readonly Worker[],
  { threads, rounds, lowering }: OpsOptions,
  report: (text: string) => void,
): Promise<OpRow> {
  const label = `${given.op} ${given.shape}`
  report(`${label}: starting`)
  const task = { ...given, threads, lowering }
  const { worker: ours } = await startWorker('gradus', ownWorker('gradus-op'), task)
  try {
    for (const [i, worker] of theirs.entries())
      await worker.change({ ...given, threads, channelsLast: i === 1 })
    const onRound = (round: number) => report(`${label}: round ${round}/${rounds}`)
    return opRow(given, await interleave([ours, ...theirs], rounds, onRound))
  } finally {
    await ours.close()
  }
}

/**
 * The row of an operator on a shape, its share being that of the sides of this row alone; see {@link withShares}.
 * @param timings `[side][round]`: ours, then PyTorch in its layouts, if it was measured.
 */
export function opRow(given: OpCase, timings: readonly (readonly Timing[])[]): OpRow {
  const [ours, ...theirs] = timings.map((side) => side.map(({ ms }) => ms))
  const rate = (ms: number) => operationsOf(given) / (1e6 * ms)
  const best = theirs.toSorted((a, b) => median(a) - median(b))[0]
  const ms = median(ours!)
  return {
    op: given.op,
    shape: given.shape,
    gradusMs: rounded(ms),
    gflops: rounded(rate(ms)),
    torchMs: best ? rounded(median(best)) : null,
    torchGflops: best ? rounded(rate(median(best))) : null,
    ratio: best ? rounded(medianRatio(best, ours!), 3) : null,
    shareOfBest: 1,
  }
}

/** The rows with their shares of the best rate seen at their operator. */
export function withShares(rows: readonly OpRow[]): OpRow[] {
  const best = new Map<string, number>()
  for (const { op, gflops, torchGflops } of rows)
    best.set(op, Math.max(best.get(op) ?? 0, gflops, torchGflops ?? 0))
  return rows.map((row) => ({ ...row, shareOfBest: rounded(row.gflops / best.get(row.op)!, 3) }))
}

/** The rows for people, operator by operator. */
export const formatOps = (rows: readonly OpRow[]): string =>
  formatTable(
    ['operator', 'shape', 'gradus ms', 'torch ms', 'GFLOP/s', 'torch GFLOP/s', 'ratio', 'share of best'],
    opNames.flatMap((name) =>
      rows
        .filter(({ op }) => op === name)
        .map((row) => [
          row.op,
          row.shape,
          row.gradusMs,
          row.torchMs,
          row.gflops,
          row.torchGflops,
          row.ratio?.toFixed(2) ?? null,
          row.shareOfBest.toFixed(2),
        ]),
    ),
  )
