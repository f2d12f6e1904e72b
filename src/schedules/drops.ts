import { ensure, ensureKnownOptions } from '../core/index.ts'
import { type Curve, defineCurve } from './curve.ts'
import { checkPositive, type Length, periodIn, type Span, stepsIn } from './length.ts'

/** A curve that goes on without end unless `steps` or `epochs` give it a length. */
interface Falling extends Span {
  /** The first value, above 0. Default: where the curve before it ended, or else the optimizer's rate. */
  readonly from?: number
  /** What the value is multiplied by, above 0. Default: 0.1. */
  readonly factor?: number
}

function falling(
  name: string,
  { from, factor = 0.1, steps, epochs }: Falling,
  drops: Parameters<typeof defineCurve>[1]['value'],
): Curve {
  ensure(
    from === undefined || (from > 0 && from < Infinity),
    `${name}: expected \`from\` above 0, got ${from}`,
  )
  ensure(factor > 0 && factor < Infinity, `${name}: expected a factor above 0, got ${factor}`)
  return defineCurve(name, {
    span: { steps, epochs },
    without: 'endless',
    value: (step, place) => (from ?? place.start) * factor ** drops(step, place),
  })
}

/** Always the same value, above 0; the optimizer's rate (or where the curve before it ended) if none is given. */
export function constant(value?: number, span: Span = {}): Curve {
  ensureKnownOptions('constant', span, ['steps', 'epochs'])
  return falling('constant', { from: value, ...span }, () => 0)
}

/** Drops at regular times: `step({ every: { epochs: 30 } })` multiplies by 0.1 after 30, 60, 90, ... epochs. */
export function step(options: Falling & { readonly every: Length }): Curve {
  ensureKnownOptions('step', options, ['every', 'factor', 'from', 'steps', 'epochs'])
  const every = checkPositive('step', 'the time between two drops (`every`)', options.every)
  return falling('step', options, (at, { horizon }) => Math.floor(at / periodIn('step', every, horizon)))
}

/** Drops at given times: `multiStep({ at: [{ epochs: 60 }, { epochs: 80 }], factor: 0.2 })`. */
export function multiStep(options: Falling & { readonly at: readonly Length[] }): Curve {
  ensureKnownOptions('multiStep', options, ['at', 'factor', 'from', 'steps', 'epochs'])
  const times = options.at.map((length) => checkPositive('multiStep', 'a time of a drop (`at`)', length))
  return falling('multiStep', options, (at, { horizon }) => {
    let count = 0
    for (const time of times) if (at >= stepsIn('multiStep', time, horizon)) count++
    return count
  })
}

/** A smooth exponential: the value is multiplied by `factor` over each `every` (one step by default). */
export function exponential(options: Falling & { readonly every?: Length }): Curve {
  ensureKnownOptions('exponential', options, ['every', 'factor', 'from', 'steps', 'epochs'])
  const every = checkPositive('exponential', 'the time of one decay (`every`)', options.every ?? 1)
  return falling('exponential', options, (at, { horizon }) => at / periodIn('exponential', every, horizon))
}
