import { ensure, type Shape } from '../src/core/index.ts'
import { parametersOf, zoo } from '../src/nn/index.ts'
import { interleave } from './interleave.ts'
import { median, medianRatio, rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { ownWorker, pythonPeer, startWorker, type Timing, type Worker } from './worker.ts'

/** What is measured: plain SGD, SGD with momentum 0.9, Adam, AdamW with its decay on all parameters. */
export const benchOptimizers = ['sgd', 'momentum', 'adam', 'adamw'] as const
export type BenchOptimizer = (typeof benchOptimizers)[number]

/** PyTorch's two fast ways to update: many tensors to an operator, or everything in one operator. */
const torchKinds = ['foreach', 'fused'] as const
type TorchKind = (typeof torchKinds)[number]

export interface OptimOptions {
  /** Threads on each side. Ours takes more than one where ONNX Runtime accepts memory that threads share: not on Node 20. */
  readonly threads: number
  /** Turns that each side gets. */
  readonly rounds: number
  /** Whether PyTorch is measured beside it. */
  readonly torch: boolean
}

/** What a worker of this benchmark is told. */
export interface OptimTask {
  readonly optimizer: BenchOptimizer
  readonly shapes: readonly Shape[]
  readonly threads: number
  /** PyTorch only. */
  readonly kind?: TorchKind
}

/** One optimizer's update beside PyTorch's; null where PyTorch was not measured. */
export interface OptimRow {
  readonly optimizer: string
  /** Median time of our update, in milliseconds. */
  readonly gradusMs: number
  /** The same of PyTorch's faster way. */
  readonly torchMs: number | null
  /** PyTorch's time / our time: above 1 we are faster. */
  readonly ratio: number | null
  /** Which of PyTorch's ways was faster. */
  readonly torchKind: TorchKind | null
}

/** The shapes of ResNet-18's parameters, with the stem for small images: 11.2 M numbers. */
export const resnetShapes = (): Shape[] =>
  parametersOf(zoo.buildModel('resnet18', { inputShape: [3, 32, 32], classes: 10 })).map(
    ({ spec }) => spec.shape,
  )

/** Measures the update of all parameters by one optimizer. */
export async function measureOptim(
  optimizer: BenchOptimizer,
  { threads, rounds, torch }: OptimOptions,
  report: (text: string) => void,
): Promise<OptimRow> {
  const task: OptimTask = { optimizer, shapes: resnetShapes(), threads }
  const workers: Worker[] = []
  const parameters: number[] = []
  const start = async (name: string, command: readonly string[], kind?: TorchKind) => {
    report(`${optimizer}: starting ${name}`)
    const { worker, ready } = await startWorker(name, command, { ...task, kind })
    workers.push(worker)
    parameters.push(ready.parameters)
  }
  try {
    await start('gradus', ownWorker('gradus-optim'))
    for (const kind of torch ? torchKinds : []) await start(`torch ${kind}`, pythonPeer('torch_optim'), kind)
    ensure(
      parameters.every((count) => count === parameters[0]),
      `${optimizer}: the sides must update as much, but have ${parameters.join(', ')} parameters`,
    )
    const onRound = (round: number) => report(`${optimizer}: round ${round}/${rounds}`)
    return optimRow(optimizer, await interleave(workers, rounds, onRound))
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
  }
}

/**
 * The row of an optimizer.
 * @param timings `[side][round]`: ours, then none or PyTorch in its two ways.
 */
export function optimRow(optimizer: string, timings: readonly (readonly Timing[])[]): OptimRow {
  const [ours, ...theirs] = timings.map((side) => side.map(({ ms }) => ms))
  const medians = theirs.map(median)
  const best = medians.indexOf(Math.min(...medians))
  const none = { torchMs: null, ratio: null, torchKind: null }
  const peer = theirs[best]
  return {
    optimizer,
    gradusMs: rounded(median(ours!)),
    ...(peer
      ? {
          torchMs: rounded(medians[best]!),
          ratio: rounded(medianRatio(peer, ours!), 3),
          torchKind: torchKinds[best]!,
        }
      : none),
  }
}

/** The rows for people. */
export const formatOptim = (rows: readonly OptimRow[]): string =>
  formatTable(
    ['optimizer', 'gradus ms', 'torch ms', 'ratio', 'torch way'],
    rows.map((row) => [
      row.optimizer,
      row.gradusMs,
      row.torchMs,
      row.ratio?.toFixed(2) ?? null,
      row.torchKind,
    ]),
  )
