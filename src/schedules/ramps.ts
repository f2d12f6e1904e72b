import { ensure, ensureKnownOptions } from '../core/index.ts'
import { type Curve, defineCurve } from './curve.ts'
import { defineSchedule } from './define.ts'
import { checkEnd, checkStart, type Length, mix, type Span } from './length.ts'

/** From one value to another. The length is the rest of the run unless `steps` or `epochs` say otherwise. */
export interface RampOptions extends Span {
  /** The first value, above 0. Default: where the curve before it ended, or else the optimizer's rate. */
  readonly from?: number
  /** The value at the end, 0 or more. Default: 0. */
  readonly to?: number
}

function ramp(
  name: string,
  { from, to = 0, steps, epochs }: RampOptions,
  weight: (x: number) => number,
): Curve {
  checkStart(name, from)
  checkEnd(name, to)
  return defineCurve(name, {
    span: { steps, epochs },
    without: 'rest',
    value: (_, place) => mix(from ?? place.start, to, weight(place.fraction)),
  })
}

/** A straight line: `linear({ from: 0.1, to: 0, steps: 1000 })`. */
export const linear = defineSchedule(
  'linear',
  (options: RampOptions = {}) => {
    ensureKnownOptions('linear', options, ['from', 'to', 'steps', 'epochs'])
    return ramp('linear', options, (x) => x)
  },
  {
    doc: 'A straight line, down to 0 by default.',
    examples: [
      { name: 'to the end of the run', args: [] },
      { name: 'over 150 steps', args: [{ to: 0.005, steps: 150 }] },
    ],
  },
)

/** Half a cosine wave, flat at both ends (Loshchilov and Hutter, 2017, without restarts). */
export const cosine = defineSchedule(
  'cosine',
  (options: RampOptions = {}) => {
    ensureKnownOptions('cosine', options, ['from', 'to', 'steps', 'epochs'])
    return ramp('cosine', options, (x) => (1 - Math.cos(Math.PI * x)) / 2)
  },
  {
    doc: 'Half a cosine wave, flat at both ends, down to 0 by default.',
    source: 'Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, 2017',
    examples: [
      { name: 'to the end of the run', args: [] },
      { name: 'over 150 steps', args: [{ to: 0.001, steps: 150 }] },
    ],
  },
)

/** `to + (from - to) (1 - x)^power`, where x goes from 0 to 1; `power` is 2 by default. */
export const polynomial = defineSchedule(
  'polynomial',
  ({ power = 2, ...options }: RampOptions & { readonly power?: number } = {}) => {
    ensureKnownOptions('polynomial', options, ['from', 'to', 'steps', 'epochs', 'power'])
    ensure(power > 0 && power < Infinity, `polynomial: expected a power above 0, got ${power}`)
    return ramp('polynomial', options, (x) => 1 - (1 - x) ** power)
  },
  {
    doc: 'A power of the time that is left, down to 0 by default.',
    examples: [{ name: 'cubic', args: [{ power: 3, steps: 160 }] }],
  },
)

export interface WarmupOptions {
  /** The first value, 0 or more. Default: one step above 0 on the line that reaches `to`, so that no update is lost. */
  readonly from?: number
  /** The value at the end, above 0. Default: the optimizer's rate. */
  readonly to?: number
}

/**
 * A straight line up to the optimizer's rate, which is reached after `length`:
 * `warmup(500).andThen(cosine())`, `warmup({ epochs: 5 })`. Used alone, it stays there.
 */
export const warmup = defineSchedule(
  'warmup',
  (length: Length, options: WarmupOptions = {}) => {
    ensureKnownOptions('warmup', options, ['from', 'to'])
    const { from, to } = options
    checkEnd('warmup', from, '`from`')
    ensure(to === undefined || (to > 0 && to < Infinity), `warmup: expected \`to\` above 0, got ${to}`)
    const span = typeof length === 'number' ? { steps: length } : length
    ensure(span.steps !== undefined || span.epochs !== undefined, 'warmup: expected a length, got nothing')
    return defineCurve('warmup', {
      span,
      without: 'rest',
      value(_, place) {
        const end = to ?? place.base
        return mix(from ?? end / (place.steps + 1), end, place.fraction)
      },
    })
  },
  {
    doc: 'A straight line up to the rate, before another schedule: large first steps would spoil fresh weights.',
    source: 'Goyal et al., Accurate, large minibatch SGD, 2017',
    examples: [
      { name: '25 steps', args: [25] },
      { name: '2 epochs', args: [{ epochs: 2 }] },
    ],
  },
)
