import type { Series, StepCurve } from './api.ts'
import { Columns, finitePoints } from './columns.ts'
import { downsample, smooth } from './downsample.ts'
import { type Fields, numberOf, scoresOf } from './fields.ts'

/** Points that a panel is given: beyond this they are closer than its pixels. */
const MOST_VALUES = 500
const MOST_SMOOTH = 250
/** Metrics that are followed. */
const MOST_METRICS = 6

/** The steps of a run, as columns. */
export class Steps {
  readonly #facts = new Columns('x', 'loss', 'rate', 'throughput')
  /** Each metric has rows of its own: not every step has it. */
  readonly #metrics = new Map<string, Columns<'x' | 'value'>>()
  /** Where the last step of a number is, in epochs. */
  #last = { step: 0, x: 0 }

  get length(): number {
    return this.#facts.length
  }

  /** Takes a `step` event. */
  add(event: Fields): void {
    const [epoch, batch, batches] = ['epoch', 'batch', 'batches'].map((key) => numberOf(event, key))
    if (epoch === undefined || batch === undefined || !batches) return
    const x = epoch - 1 + batch / batches
    this.#last = { step: numberOf(event, 'step') ?? 0, x }
    const throughput = numberOf(event, 'samplesPerSecond')
    this.#facts.push({ x, loss: numberOf(event, 'loss'), rate: numberOf(event, 'rate'), throughput })
    for (const [name, value] of Object.entries(scoresOf(event, 'metrics', MOST_METRICS))) {
      let column = this.#metrics.get(name)
      if (!column && this.#metrics.size < MOST_METRICS) {
        column = new Columns('x', 'value')
        this.#metrics.set(name, column)
      }
      column?.push({ x, value })
    }
  }

  /** Where a step is on the axis of epochs, if it was the last one. */
  positionOf(step: number): number | undefined {
    return this.#last.step === step ? this.#last.x : undefined
  }

  get loss(): StepCurve | undefined {
    return curve(this.#facts.column('x'), this.#facts.column('loss'))
  }

  get metrics(): Record<string, StepCurve> {
    const curves = [...this.#metrics].map(([name, column]) => [
      name,
      curve(column.column('x'), column.column('value')),
    ])
    return Object.fromEntries(curves.filter(([, found]) => found !== undefined))
  }

  get rate(): Series | undefined {
    return series(this.#facts.column('x'), this.#facts.column('rate'))
  }

  get throughput(): StepCurve | undefined {
    return curve(this.#facts.column('x'), this.#facts.column('throughput'))
  }
}

function curve(allX: Float64Array, allY: Float64Array): StepCurve | undefined {
  const { x, y } = finitePoints(allX, allY)
  if (x.length === 0) return undefined
  const soft = smooth(x, y)
  return { values: downsample(x, y, MOST_VALUES), smooth: downsample(soft.x, soft.y, MOST_SMOOTH) }
}

function series(allX: Float64Array, allY: Float64Array): Series | undefined {
  const { x, y } = finitePoints(allX, allY)
  return x.length > 0 ? downsample(x, y, MOST_VALUES) : undefined
}
