import { ensure, ensureKnownOptions, unknownName } from '../core/index.ts'
import { type Curve, defineCurve } from './curve.ts'
import { defineSchedule } from './define.ts'
import { checkEnd, checkPositive, checkStart, type Length, mix, periodIn, type Span } from './length.ts'

const falling = (x: number) => (1 + Math.cos(Math.PI * x)) / 2

export interface CosineRestartsOptions extends Span {
  /** The time from the start to the first restart. */
  readonly every: Length
  /** How many times longer each cycle is than the one before, 1 or more. Default: 1. */
  readonly growth?: number
  /** The value after each restart, above 0. Default: where the curve before it ended, or else the optimizer's rate. */
  readonly from?: number
  /** The value before each restart, 0 or more. Default: 0. */
  readonly to?: number
}

/**
 * Half cosine waves, one after the other: `cosineRestarts({ every: { epochs: 10 }, growth: 2 })`. At the end of each the
 * weights have settled, so they can be kept as one member of an ensemble (snapshots, Huang et al., 2017).
 * Without end unless `steps` or `epochs` give it a length.
 */
export const cosineRestarts = defineSchedule(
  'cosineRestarts',
  (options: CosineRestartsOptions): Curve => {
    ensureKnownOptions('cosineRestarts', options, ['every', 'growth', 'from', 'to', 'steps', 'epochs'])
    const { growth = 1, from, to = 0, steps, epochs } = options
    const every = checkPositive('cosineRestarts', 'the time to the first restart (`every`)', options.every)
    ensure(growth >= 1 && growth < Infinity, `cosineRestarts: expected a growth of 1 or more, got ${growth}`)
    checkStart('cosineRestarts', from)
    checkEnd('cosineRestarts', to)
    return defineCurve('cosineRestarts', {
      span: { steps, epochs },
      without: 'endless',
      value(step, place) {
        const x = withinCycle(step, periodIn('cosineRestarts', every, place.horizon), growth)
        // A curve with a length ends with its last cycle, not with another restart.
        return mix(to, from ?? place.start, falling(x === 0 && step === place.steps ? 1 : x))
      },
    })
  },
  {
    doc: 'Half cosine waves with restarts: the end of each wave gives a model for an ensemble.',
    source: 'Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, 2017',
    examples: [
      { name: 'every 50 steps', args: [{ every: 50 }] },
      { name: 'of growing length', args: [{ every: 20, growth: 2, to: 0.001 }] },
    ],
  },
)

/** How far `step` is in its cycle, in [0, 1); the first has `period` steps, each other `growth` times as many. */
function withinCycle(step: number, period: number, growth: number): number {
  if (growth === 1) return (step % period) / period
  let [at, length] = [step, period]
  while (at >= length) {
    at -= length
    length = Math.round(length * growth)
  }
  return at / length
}

export interface TriangularOptions extends Span {
  /** The value at the start and the end of each cycle, 0 or more. */
  readonly low: number
  /** The highest value of the first cycle, above `low`. Default: the optimizer's rate. */
  readonly high?: number
  /** The time from low to high. */
  readonly up: Length
  /** The time from high to low. Default: as `up`. */
  readonly down?: Length
  /** What the height above `low` is multiplied by from cycle to cycle, above 0. Default: 1. */
  readonly factor?: number
}

/**
 * Up and down in straight lines: `triangular({ low: 1e-4, up: { epochs: 4 } })`; with `factor: 0.5` each peak is half as
 * high above `low` as the one before. Without end unless `steps` or `epochs` give it a length.
 */
export const triangular = defineSchedule(
  'triangular',
  (options: TriangularOptions): Curve => {
    const known = ['low', 'high', 'up', 'down', 'factor', 'steps', 'epochs']
    ensureKnownOptions('triangular', options, known)
    const { low, high, factor = 1, steps, epochs } = options
    const up = checkPositive('triangular', 'the time from low to high (`up`)', options.up)
    const down = checkPositive('triangular', 'the time from high to low (`down`)', options.down ?? up)
    checkEnd('triangular', low, '`low`')
    ensure(
      high === undefined || (high > low && high < Infinity),
      `triangular: expected \`high\` above \`low\`, got ${high} and ${low}`,
    )
    ensure(factor > 0 && factor < Infinity, `triangular: expected a factor above 0, got ${factor}`)
    return defineCurve('triangular', {
      span: { steps, epochs },
      without: 'endless',
      value(step, place) {
        const rise = periodIn('triangular', up, place.horizon)
        const fall = periodIn('triangular', down, place.horizon)
        const cycle = Math.floor(step / (rise + fall))
        const at = step - cycle * (rise + fall)
        const height = at <= rise ? at / rise : (rise + fall - at) / fall
        return low + ((high ?? place.base) - low) * height * factor ** cycle
      },
    })
  },
  {
    doc: 'Up and down in straight lines, again and again.',
    source: 'Smith, Cyclical learning rates for training neural networks, 2017',
    examples: [
      { name: 'even', args: [{ low: 0.01, up: 20 }] },
      { name: 'uneven, halved from cycle to cycle', args: [{ low: 0.01, up: 10, down: 30, factor: 0.5 }] },
    ],
  },
)

export interface OneCycleOptions extends Span {
  /** The highest value, above 0. Default: the optimizer's rate. */
  readonly high?: number
  /** The share of the steps that go up, in [0, 1). Default: 0.3. */
  readonly up?: number
  /** The first value, above 0. Default: `high` / 25. */
  readonly from?: number
  /** The last value, 0 or more. Default: `from` / 10,000. */
  readonly to?: number
  /** How it goes from value to value. Default: cosine. */
  readonly shape?: 'cosine' | 'linear'
}

const shapes = { cosine: falling, linear: (x: number) => 1 - x }

/**
 * Up to a high rate and down to almost nothing, once in a run: `scheduled(sgd(0.5), oneCycle())`. Takes the rest of the
 * run unless `steps` or `epochs` say otherwise; the last of these steps has the last value. As PyTorch's `OneCycleLR`
 * with two phases, which besides lets the momentum go the other way.
 */
export const oneCycle = defineSchedule(
  'oneCycle',
  (options: OneCycleOptions = {}): Curve => {
    ensureKnownOptions('oneCycle', options, ['high', 'up', 'from', 'to', 'shape', 'steps', 'epochs'])
    const { up = 0.3, from, to, shape = 'cosine', steps, epochs } = options
    if (!(shape in shapes)) throw unknownName('shape of oneCycle', shape, Object.keys(shapes))
    ensure(up >= 0 && up < 1, `oneCycle: expected a share of the steps (\`up\`) in [0, 1), got ${up}`)
    ensure(
      options.high === undefined || (options.high > 0 && options.high < Infinity),
      `oneCycle: expected \`high\` above 0, got ${options.high}`,
    )
    checkStart('oneCycle', from)
    checkEnd('oneCycle', to)
    return defineCurve('oneCycle', {
      span: { steps, epochs },
      without: 'rest',
      value(step, place) {
        const high = options.high ?? place.base
        const first = from ?? high / 25
        const last = to ?? first / 1e4
        const top = up * place.steps - 1 // the step with the highest value, between two steps in general
        if (step < top) return mix(high, first, shapes[shape](step / top))
        const start = Math.max(0, top)
        const x = Math.min(1, (step - start) / Math.max(place.steps - 1 - start, 1))
        return mix(last, high, shapes[shape](x))
      },
    })
  },
  {
    doc: 'Up to a high rate and down to almost nothing, once in a run.',
    source: 'Smith and Topin, Super-convergence: very fast training of neural networks, 2018',
    examples: [
      { name: 'the whole run', args: [] },
      { name: 'linear, 150 steps', args: [{ shape: 'linear', up: 0.4, steps: 150 }] },
    ],
  },
)
