import { ensure, ensureKnownOptions } from '../core/index.ts'
import { type Curve, defineCurve } from './curve.ts'
import { defineSchedule } from './define.ts'
import { checkPositive, checkStart, type Length, periodIn, type Span, stepsIn } from './length.ts'

/** A curve that goes on without end unless `steps` or `epochs` give it a length. */
interface Endless extends Span {
  /** The first value, above 0. Default: where the curve before it ended, or else the optimizer's rate. */
  readonly from?: number
}

interface Falling extends Endless {
  /** What the value is multiplied by, above 0. Default: 0.1. */
  readonly factor?: number
}

type Place = Parameters<Parameters<typeof defineCurve>[1]['value']>[1]

/** A curve that is its first value times `share`. */
function falling(
  name: string,
  { from, steps, epochs }: Endless,
  share: (step: number, place: Place) => number,
): Curve {
  checkStart(name, from)
  return defineCurve(name, {
    span: { steps, epochs },
    without: 'endless',
    value: (step, place) => (from ?? place.start) * share(step, place),
  })
}

/** A curve that is multiplied by a factor so many times. */
function dropping(name: string, options: Falling, drops: (step: number, place: Place) => number): Curve {
  const { factor = 0.1 } = options
  ensure(factor > 0 && factor < Infinity, `${name}: expected a factor above 0, got ${factor}`)
  return falling(name, options, (step, place) => factor ** drops(step, place))
}

/** Always the same value, above 0; the optimizer's rate (or where the curve before it ended) if none is given. */
export const constant = defineSchedule(
  'constant',
  (value?: number, span: Span = {}) => {
    ensureKnownOptions('constant', span, ['steps', 'epochs'])
    return falling('constant', { from: value, ...span }, () => 1)
  },
  {
    doc: 'Always the same rate.',
    examples: [
      { name: 'the rate of the optimizer', args: [] },
      { name: 'a rate of its own', args: [0.05] },
    ],
  },
)

/** Drops at regular times: `step({ every: { epochs: 30 } })` multiplies by 0.1 after 30, 60, 90, ... epochs. */
export const step = defineSchedule(
  'step',
  (options: Falling & { readonly every: Length }) => {
    ensureKnownOptions('step', options, ['every', 'factor', 'from', 'steps', 'epochs'])
    const every = checkPositive('step', 'the time between two drops (`every`)', options.every)
    return dropping('step', options, (at, { horizon }) => Math.floor(at / periodIn('step', every, horizon)))
  },
  {
    doc: 'Drops by a factor at regular times, such as to a tenth every 30 epochs.',
    examples: [
      { name: 'every 30 steps', args: [{ every: 30 }] },
      { name: 'halved every 3 epochs', args: [{ every: { epochs: 3 }, factor: 0.5 }] },
    ],
  },
)

/** Drops at given times: `multiStep({ at: [{ epochs: 60 }, { epochs: 80 }], factor: 0.2 })`. */
export const multiStep = defineSchedule(
  'multiStep',
  (options: Falling & { readonly at: readonly Length[] }) => {
    ensureKnownOptions('multiStep', options, ['at', 'factor', 'from', 'steps', 'epochs'])
    const times = options.at.map((length) => checkPositive('multiStep', 'a time of a drop (`at`)', length))
    return dropping('multiStep', options, (at, { horizon }) => {
      let count = 0
      for (const time of times) if (at >= stepsIn('multiStep', time, horizon)) count++
      return count
    })
  },
  {
    doc: 'Drops by a factor at given times.',
    examples: [{ name: 'two drops', args: [{ at: [60, { epochs: 15 }], factor: 0.2 }] }],
  },
)

/** A smooth exponential: the value is multiplied by `factor` over each `every` (one step by default). */
export const exponential = defineSchedule(
  'exponential',
  (options: Falling & { readonly every?: Length }) => {
    ensureKnownOptions('exponential', options, ['every', 'factor', 'from', 'steps', 'epochs'])
    const every = checkPositive('exponential', 'the time of one decay (`every`)', options.every ?? 1)
    return dropping('exponential', options, (at, { horizon }) => at / periodIn('exponential', every, horizon))
  },
  {
    doc: 'Falls exponentially: by a factor over each span of time.',
    examples: [
      { name: 'by the step', args: [{ factor: 0.98 }] },
      { name: 'by the epoch', args: [{ factor: 0.9, every: { epochs: 1 } }] },
    ],
  },
)

interface Slowing extends Endless {
  /** The time after which the value has fallen to a half (inverse) or to 1 / sqrt(2) (inverse square root). */
  readonly every: Length
}

/** `start / (1 + t / every)`: half after `every`, a third after twice that (Robbins and Monro, 1951). */
export const inverseTime = defineSchedule(
  'inverseTime',
  (options: Slowing) => {
    ensureKnownOptions('inverseTime', options, ['every', 'from', 'steps', 'epochs'])
    const every = checkPositive('inverseTime', 'the time to a half (`every`)', options.every)
    return falling(
      'inverseTime',
      options,
      (at, { horizon }) => 1 / (1 + at / periodIn('inverseTime', every, horizon)),
    )
  },
  {
    doc: 'Falls as 1/t: half after a given time, a third after twice that.',
    source: 'Robbins and Monro, A stochastic approximation method, 1951',
    examples: [{ name: 'half after 50 steps', args: [{ every: 50 }] }],
  },
)

/**
 * `start / sqrt(1 + t / every)`. After a warm-up of the same length it is the schedule of the transformer:
 * `warmup(4000).andThen(inverseSqrt({ every: 4000 }))` (Vaswani et al., 2017).
 */
export const inverseSqrt = defineSchedule(
  'inverseSqrt',
  (options: Slowing) => {
    ensureKnownOptions('inverseSqrt', options, ['every', 'from', 'steps', 'epochs'])
    const every = checkPositive('inverseSqrt', 'a time (`every`)', options.every)
    return falling(
      'inverseSqrt',
      options,
      (at, { horizon }) => 1 / Math.sqrt(1 + at / periodIn('inverseSqrt', every, horizon)),
    )
  },
  {
    doc: 'Falls as 1 / sqrt(t).',
    source: 'Vaswani et al., Attention is all you need, 2017',
    examples: [{ name: 'over 50 steps', args: [{ every: 50 }] }],
  },
)
