import { summary, type zoo } from '../src/nn/index.ts'
import { interleave } from './interleave.ts'
import { type BenchModel, buildBenchModel } from './models.ts'
import { fitExponent, median, rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { ownWorker, startWorker, type Timing, type Worker } from './worker.ts'

/** What is varied: samples per step, channels, convolutions per stage, threads. */
export const scaleAxes = ['batch', 'width', 'depth', 'threads'] as const
export type ScaleAxis = (typeof scaleAxes)[number]

/** A network like VGG: three stages of 3x3 convolutions with batch norm. */
export interface ScalePoint {
  readonly axis: ScaleAxis
  readonly batch: number
  /** Channels of the first stage; each later one has twice as many. */
  readonly width: number
  /** Convolutions per stage. */
  readonly depth: number
  readonly threads: number
}

export interface ScaleRow {
  readonly axis: ScaleAxis
  /** Of what is varied. */
  readonly value: number
  /** Work of a step in 10^9 operations: three times the forward products, for the two gradients cost as much each. */
  readonly gflop: number
  /** Median time of a step, in milliseconds. */
  readonly gradusMs: number
  /** 10^9 operations in a second. */
  readonly gflops: number
}

export interface ScaleResult {
  readonly rows: readonly ScaleRow[]
  /**
   * The exponent p of time = c work^p, fitted to the points of an axis: 1 is linear. For threads that of time against
   * threads: -1 is as many times faster as there are threads. Null with a single point.
   */
  readonly exponents: Readonly<Record<ScaleAxis, number | null>>
}

const base = { batch: 64, width: 64, depth: 2 }

/** The values of an axis around the base. */
export function scalePoints(axis: ScaleAxis, threads: number): ScalePoint[] {
  const powers = Array.from({ length: Math.ceil(Math.log2(threads)) }, (_, i) => 2 ** i)
  const values = {
    batch: [16, 32, 64, 128, 256],
    width: [16, 32, 64, 128],
    depth: [1, 2, 3, 4, 6],
    threads: [...powers, threads],
  }
  return values[axis].map((value) => ({ axis, ...base, threads, [axis]: value }))
}

/** The network of a point. */
export function scaleModel({ batch, width, depth }: ScalePoint): BenchModel {
  const stage = (channels: number): zoo.VggConfig => [...new Array<number>(depth).fill(channels), 'M']
  const config = [1, 2, 4].flatMap((times) => stage(times * width))
  return { name: 'vgg', inputShape: [3, 32, 32], classes: 10, batchSize: batch, config }
}

/** Measures the step at all points of an axis; they take turns. */
export async function measureScale(
  axis: ScaleAxis,
  { threads, rounds }: { threads: number; rounds: number },
  report: (text: string) => void,
): Promise<ScaleRow[]> {
  const points = scalePoints(axis, threads)
  const workers: Worker[] = []
  try {
    for (const point of points) {
      report(`${axis}: starting ${point[axis]}`)
      const task = { ...scaleModel(point), threads: point.threads, lowering: true }
      workers.push((await startWorker('gradus', ownWorker('gradus-step'), task)).worker)
    }
    const onRound = (round: number) => report(`${axis}: round ${round}/${rounds}`)
    const timings = await interleave(workers, rounds, onRound)
    return points.map((point, i) => scaleRow(point, timings[i]!))
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
  }
}

/** The row of a point. */
export function scaleRow(point: ScalePoint, timings: readonly Timing[]): ScaleRow {
  const model = scaleModel(point)
  const { multiplyAdds } = summary(buildBenchModel(model), model.inputShape)
  const gflop = (3 * 2 * multiplyAdds * point.batch) / 1e9
  const ms = median(timings.map((timing) => timing.ms))
  return {
    axis: point.axis,
    value: point[point.axis],
    gflop: rounded(gflop),
    gradusMs: rounded(ms),
    gflops: rounded((1000 * gflop) / ms),
  }
}

/** The rows with the exponents of their axes. */
export function scaleResult(rows: readonly ScaleRow[]): ScaleResult {
  const exponent = (axis: ScaleAxis) => {
    const own = rows.filter((row) => row.axis === axis)
    const work = own.map(({ value, gflop }) => (axis === 'threads' ? value : gflop))
    const times = own.map(({ gradusMs }) => gradusMs)
    return own.length < 2 ? null : rounded(fitExponent(work, times), 3)
  }
  const exponents = Object.fromEntries(scaleAxes.map((axis) => [axis, exponent(axis)]))
  return { rows, exponents: exponents as ScaleResult['exponents'] }
}

/** The rows for people. */
export function formatScale({ rows, exponents }: ScaleResult): string {
  const table = formatTable(
    ['axis', 'value', 'GFLOP', 'gradus ms', 'GFLOP/s'],
    rows.map(({ axis, value, gflop, gradusMs, gflops }) => [axis, value, gflop, gradusMs, gflops]),
  )
  const lines = scaleAxes.flatMap((axis) => {
    const exponent = exponents[axis]
    if (exponent === null) return []
    return [`time ~ ${axis === 'threads' ? 'threads' : 'work'}^${exponent.toFixed(2)} along ${axis}`]
  })
  return `${table}\n\n${lines.join('\n')}`
}
