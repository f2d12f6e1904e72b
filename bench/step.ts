import { ensure, GradusError } from '../src/core/index.ts'
import { interleave } from './interleave.ts'
import type { BenchModel } from './models.ts'
import type { Progress } from './progress.ts'
import { median, medianRatio, rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { ownWorker, pythonPeer, type Ready, startWorker, type Timing, type Worker } from './worker.ts'

export interface StepOptions {
  /** Threads on each side. */
  readonly threads: number
  /** Turns that each side gets. */
  readonly rounds: number
  /** Whether our graph is rewritten for this machine. */
  readonly lowering: boolean
  /** Whether PyTorch is measured beside it. */
  readonly torch: boolean
  /** Whether `torch.compile` is, too; compiling takes up to minutes. */
  readonly torchCompile: boolean
}

/** What a worker of this benchmark is told. */
export interface StepTask extends BenchModel {
  readonly threads: number
  /** Ours only. */
  readonly lowering?: boolean
  /** PyTorch only: the layout of images and weights. */
  readonly channelsLast?: boolean
  /** PyTorch only: through `torch.compile`. */
  readonly compile?: boolean
}

/** PyTorch's ways to do a step. */
export type TorchSide = 'torch' | 'channelsLast' | 'compiled' | 'compiledChannelsLast'
const torchTasks: Readonly<Record<TorchSide, { channelsLast: boolean; compile: boolean }>> = {
  torch: { channelsLast: false, compile: false },
  channelsLast: { channelsLast: true, compile: false },
  compiled: { channelsLast: false, compile: true },
  compiledChannelsLast: { channelsLast: true, compile: true },
}

/** One network's training step, beside PyTorch's; null where PyTorch was not measured. */
export interface StepRow {
  readonly model: string
  /** Median time of our step, in milliseconds. */
  readonly gradusMs: number
  readonly torchMs: number | null
  readonly torchChannelsLastMs: number | null
  /** Of the better layout through `torch.compile`. */
  readonly torchCompiledMs: number | null
  /** Time of PyTorch's better layout / our time: above 1 we are faster. */
  readonly ratio: number | null
  /** The same against `torch.compile`. */
  readonly compileRatio: number | null
  readonly gradusPeakMB: number
  /** Of the better eager layout. */
  readonly torchPeakMB: number | null
  /** From the model's description to the result of the first step: first values, graph, compilation, one step. */
  readonly compileMs: number
}

type Measured = { readonly gradus: readonly Timing[] } & {
  readonly [side in TorchSide]?: readonly Timing[]
}

/** PyTorch's sides for a network. Its channels-last layout is one of images. */
export function torchSides({ inputShape }: BenchModel, options: StepOptions): TorchSide[] {
  if (!options.torch) return []
  const isImage = inputShape.length === 3
  return (Object.keys(torchTasks) as TorchSide[]).filter((side) => {
    const { channelsLast, compile } = torchTasks[side]
    return (isImage || !channelsLast) && (options.torchCompile || !compile)
  })
}

/** In the first seconds we find out how threads had best wait. */
const warmUpMs = 3000

/** The processes of a network, all with the same number of parameters. */
class Sides {
  readonly workers = new Map<string, Worker>()
  readonly #model: BenchModel
  readonly #parameters: number[] = []

  constructor(model: BenchModel) {
    this.#model = model
  }

  async start(side: string, command: readonly string[], extra: Partial<StepTask>): Promise<Ready> {
    const { worker, ready } = await startWorker(side, command, { ...this.#model, ...extra })
    this.workers.set(side, worker)
    this.#parameters.push(ready.parameters)
    ensure(
      ready.parameters === this.#parameters[0],
      `${this.#model.name}: the sides must train the same network, but have ${this.#parameters.join(', ')} parameters`,
    )
    return ready
  }

  async close(): Promise<void> {
    await Promise.all([...this.workers.values()].map((worker) => worker.close()))
  }
}

/** Measures the training step of one network. */
export async function measureStep(
  model: BenchModel,
  options: StepOptions,
  progress: Pick<Progress, 'update' | 'note'>,
): Promise<StepRow> {
  const { threads, rounds, lowering } = options
  const sides = new Sides(model)
  try {
    progress.update(`${model.name}: starting gradus`)
    const { startMs } = await sides.start('gradus', ownWorker('gradus-step'), { threads, lowering })
    for (const side of torchSides(model, options)) {
      progress.update(`${model.name}: starting ${side}`)
      const { compile } = torchTasks[side]
      try {
        await sides.start(side, pythonPeer('torch_step'), { threads, ...torchTasks[side] })
      } catch (error) {
        // It needs a C++ compiler, and does not take every network.
        if (!compile || !(error instanceof GradusError) || sides.workers.has(side)) throw error
        progress.note(`${model.name}: torch.compile failed: ${error.notes.at(-1)}`)
      }
    }
    const onRound = (round: number) => progress.update(`${model.name}: round ${round}/${rounds}`)
    const [ours, ...theirs] = await interleave([...sides.workers.values()], rounds, onRound, warmUpMs)
    const [, ...names] = sides.workers.keys()
    const measured = Object.fromEntries(names.map((side, i) => [side, theirs[i]!]))
    return stepRow(model.name, startMs, { gradus: ours!, ...measured })
  } finally {
    await sides.close()
  }
}

interface Best {
  readonly ms: number
  readonly ratio: number
  readonly peakMB: number
}

/** The faster of PyTorch's layouts, round by round. */
function bestOf(ours: readonly number[], sides: readonly (readonly Timing[] | undefined)[]) {
  const all = sides.flatMap((timings): Best[] => {
    const times = timings?.map(({ ms }) => ms)
    if (!timings || !times) return []
    return [
      { ms: median(times), ratio: rounded(medianRatio(times, ours), 3), peakMB: timings.at(-1)!.peakMB },
    ]
  })
  return all.sort((a, b) => a.ratio - b.ratio)[0]
}

/**
 * The row of a network.
 * @param measured what each side measured, round by round.
 */
export function stepRow(model: string, compileMs: number, measured: Measured): StepRow {
  const ours = measured.gradus.map(({ ms }) => ms)
  const eager = bestOf(ours, [measured.torch, measured.channelsLast])
  const compiled = bestOf(ours, [measured.compiled, measured.compiledChannelsLast])
  const medianOf = (timings: readonly Timing[] | undefined) =>
    timings ? rounded(median(timings.map(({ ms }) => ms))) : null
  return {
    model,
    gradusMs: rounded(median(ours)),
    torchMs: medianOf(measured.torch),
    torchChannelsLastMs: medianOf(measured.channelsLast),
    torchCompiledMs: compiled ? rounded(compiled.ms) : null,
    ratio: eager?.ratio ?? null,
    compileRatio: compiled?.ratio ?? null,
    gradusPeakMB: rounded(measured.gradus.at(-1)!.peakMB),
    torchPeakMB: eager ? rounded(eager.peakMB) : null,
    compileMs: rounded(compileMs),
  }
}

/** The rows for people. */
export function formatStep(rows: readonly StepRow[], models: readonly BenchModel[]): string {
  const withCompiled = rows.some(({ compileRatio }) => compileRatio !== null)
  const compiled = <T>(...cells: T[]) => (withCompiled ? cells : [])
  const headings = [
    ...['model', 'gradus ms', 'samples/s', 'torch ms', 'channels-last ms', ...compiled('compiled ms')],
    ...['ratio', ...compiled('compile ratio'), 'gradus MB', 'torch MB', 'compile ms'],
  ]
  const batchOf = (name: string) => models.find((model) => model.name === name)!.batchSize
  const cells = rows.map((row) => [
    row.model,
    row.gradusMs,
    rounded((1000 * batchOf(row.model)) / row.gradusMs, 3),
    row.torchMs,
    row.torchChannelsLastMs,
    ...compiled(row.torchCompiledMs),
    row.ratio?.toFixed(2) ?? null,
    ...compiled(row.compileRatio?.toFixed(2) ?? null),
    row.gradusPeakMB,
    row.torchPeakMB,
    row.compileMs,
  ])
  return formatTable(headings, cells)
}
