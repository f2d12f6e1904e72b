import type { EpochEvent, TrainEvent } from '../events.ts'

/** A point of a curve: epochs since the start (2.5 is the middle of the third epoch), and the value there. */
export type Point = readonly [x: number, y: number]

/** What the curves of a run show. A curve that the run has no values for is empty. */
export interface CurveData {
  /** The run's folder, and what is known about it. */
  readonly title: string
  readonly subtitle: string
  /** Epochs planned, or done if that is not known. */
  readonly epochs: number
  readonly loss: Curves
  /** In percent. */
  readonly accuracy: Curves
  /** Root of the mean squared error of numbers to predict, in their units. */
  readonly rmse: Curves
  readonly rate: readonly Point[]
  /** Where the best epoch ends; undefined without validation. */
  readonly best: { readonly epoch: number; readonly x: number } | undefined
}

export interface Curves {
  /** Per step: means of neighboring steps where a curve has more points than can be seen. */
  readonly steps: readonly Point[]
  /** The same, smoothed. */
  readonly train: readonly Point[]
  /** Per epoch. */
  readonly validation: readonly Point[]
}

/** Points beyond this are closer than the pixels of a panel. */
const MAX_POINTS = 500

/** Collects the curves of a run from its events. */
export function curveData(events: readonly TrainEvent[]): CurveData {
  const steps = events.filter((event) => event.type === 'step')
  const epochs = events.filter((event) => event.type === 'epoch')
  const positions = new Map(steps.map((event) => [event.step, event.epoch - 1 + event.batch / event.batches]))
  const xOf = (event: TrainEvent, epoch: number) => positions.get(event.step) ?? epoch
  const perStep = (value: (event: (typeof steps)[number]) => number | undefined) =>
    thin(finite(steps.map((event) => [xOf(event, event.epoch), value(event)])))
  const perEpoch = (value: (event: EpochEvent) => number | undefined) =>
    finite(epochs.map((event) => [xOf(event, event.epoch), value(event)]))

  const start = events.find((event) => event.type === 'start')
  const best = epochs.findLast((event) => event.best && event.validation)
  const losses = perStep((event) => event.loss)
  const hits = perStep((event) => percent(event.metrics.accuracy))
  const errors = perStep((event) => event.metrics.rmse)
  return {
    title: start?.run ?? 'training',
    subtitle: subtitleOf(events),
    epochs: Math.ceil(
      Math.max(start?.epochs ?? 0, ...positions.values(), ...epochs.map((event) => event.epoch)),
    ),
    loss: { steps: losses, train: smooth(losses), validation: perEpoch((event) => event.validation?.loss) },
    accuracy: {
      steps: hits,
      train: hits.length > 0 ? smooth(hits) : perEpoch((event) => percent(event.train.accuracy)),
      validation: perEpoch((event) => percent(event.validation?.accuracy)),
    },
    rmse: { steps: errors, train: smooth(errors), validation: perEpoch((event) => event.validation?.rmse) },
    rate: perStep((event) => event.rate),
    best: best && { epoch: best.epoch, x: xOf(best, best.epoch) },
  }
}

const percent = (fraction: number | undefined): number | undefined =>
  fraction === undefined ? undefined : fraction * 100

/** Without the values that are missing or no numbers (JSON holds NaN as null). */
function finite(points: readonly (readonly [number, number | null | undefined])[]): Point[] {
  return points.filter((point): point is Point => Number.isFinite(point[1]))
}

/** Means of neighbors, so that at most {@link MAX_POINTS} remain. */
function thin(points: readonly Point[]): Point[] {
  const size = Math.ceil(points.length / MAX_POINTS)
  if (size <= 1) return [...points]
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) =>
    meanOf(points.slice(i * size, (i + 1) * size)),
  )
}

/**
 * A moving average over a fortieth of the curve to either side. The window shrinks towards the start, which is
 * steep and keeps its height.
 */
function smooth(points: readonly Point[]): Point[] {
  const radius = Math.ceil(points.length / 40)
  return points.map(([x], i) => {
    const reach = Math.min(radius, i)
    return [x, meanOf(points.slice(i - reach, i + reach + 1))[1]]
  })
}

function meanOf(points: readonly Point[]): Point {
  const mean = (axis: 0 | 1) => points.reduce((total, point) => total + point[axis], 0) / points.length
  return [mean(0), mean(1)]
}

function subtitleOf(events: readonly TrainEvent[]): string {
  const start = events.find((event) => event.type === 'start')
  const end = events.findLast((event) => event.type === 'end')
  const parts: string[] = []
  if (start) {
    const { data, model, batchSize, seed } = start
    parts.push(`${data.name}, ${data.train.toLocaleString('en-US')} training samples`)
    parts.push(`${model.name}, ${model.parameters.toLocaleString('en-US')} parameters`)
    parts.push(`batch ${batchSize}`, `seed ${seed}`)
  }
  if (end?.testAccuracy !== undefined) parts.push(`test accuracy ${(end.testAccuracy * 100).toFixed(2)}%`)
  else if (end?.testRmse !== undefined) parts.push(`test rmse ${end.testRmse.toPrecision(3)}`)
  else if (end?.testLoss !== undefined) parts.push(`test loss ${end.testLoss.toPrecision(3)}`)
  return parts.join('  ·  ')
}
