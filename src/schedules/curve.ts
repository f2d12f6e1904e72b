import { ensure, GradusError } from '../core/index.ts'
import { checkLength, type Span, stepsIn } from './length.ts'
import type { Horizon, Schedule } from './schedule.ts'

/** A schedule with a length of its own, after which another can follow. */
export interface Curve {
  (step: number, horizon?: Horizon): number
  /**
   * This curve, then `next`, whose first step comes right after this curve's last. Unless `next` says where it starts,
   * it starts where this one ended, so that nothing jumps. (It is not called `then`, because an object with that method
   * is a promise to `await`.)
   * @throws if this curve has no end: give it `steps` or `epochs`.
   */
  andThen(next: Schedule): Curve
}

/** What a curve computes with. */
export interface Place {
  /** The value that the run was given; fails if there is none. */
  readonly base: number
  /** Where the curve starts: the end of the one before it, else `base`. */
  readonly start: number
  /** Its length in steps; Infinity if it has no end. */
  readonly steps: number
  /** How far the step is along the curve, in [0, 1]. */
  readonly fraction: number
  readonly horizon: Horizon
}

interface CurveSpec {
  /** The length. Left out: the rest of the run, or no end. */
  readonly span: Span
  readonly without: 'rest' | 'endless'
  /** The value `step` steps after the curve's start; `step` never exceeds the length. */
  value(step: number, place: Place): number
}

/** Makes a curve; after its length it stays at its last value. `name` is for messages. */
export function defineCurve(name: string, { span, without, value }: CurveSpec): Curve {
  const length = checkLength(name, span)
  const stepsAt = (horizon: Horizon) => {
    if (length) return stepsIn(name, length, horizon)
    return without === 'endless' ? Number.POSITIVE_INFINITY : restOf(name, horizon)
  }
  const curve = (step: number, horizon: Horizon = {}) => {
    ensure(step >= 0, `${name}: expected a step 0, 1, 2, ..., got ${step}`)
    const steps = stepsAt(horizon)
    const at = Math.min(step, steps)
    const fraction = steps === 0 ? 1 : at / steps
    return value(at, {
      steps,
      fraction,
      horizon,
      get base() {
        return known(name, horizon.base)
      },
      get start() {
        return known(name, horizon.start ?? horizon.base)
      },
    })
  }
  const andThen = (next: Schedule): Curve => {
    ensure(
      length,
      `${name}: nothing can follow it, because it ${without === 'rest' ? 'takes the rest of the run' : 'has no end'}`,
      'give it steps or epochs',
    )
    return join(Object.assign(curve, { andThen }), (horizon) => stepsIn(name, length, horizon), next)
  }
  return Object.assign(curve, { andThen })
}

function join(first: Curve, stepsOf: (horizon: Horizon) => number, next: Schedule): Curve {
  const joined = (step: number, horizon: Horizon = {}) => {
    const steps = stepsOf(horizon)
    const rest = {
      ...horizon,
      start: first(steps, horizon),
      ...(horizon.steps !== undefined && { steps: Math.max(0, horizon.steps - steps) }),
    }
    // Both sides are always evaluated: what `next` lacks is then found at the first step, not after hours.
    const after = next(Math.max(0, step - steps), rest)
    return step < steps ? first(step, horizon) : after
  }
  const andThen = (last: Schedule): Curve => {
    if (!('andThen' in next)) {
      throw new GradusError(
        'nothing can follow a plain function in a schedule, because its length is unknown',
      )
    }
    return first.andThen((next as Curve).andThen(last))
  }
  return Object.assign(joined, { andThen })
}

function known(name: string, value: number | undefined): number {
  ensure(
    value !== undefined,
    `${name}: there is no rate to start from`,
    `give it: ${name === 'warmup' ? 'warmup(500, { to: 0.1 })' : `${name}({ from: 0.1, ... })`}`,
    'or give the optimizer a rate, and the schedule apart from it: scheduled(sgd(0.1), ...)',
  )
  return value
}

function restOf(name: string, { steps }: Horizon): number {
  ensure(
    steps !== undefined,
    `${name}: it takes the rest of the run, and the length of the run is not known here`,
    'give it steps or epochs, or give { steps } with the step: schedule(step, { steps: 1000 })',
  )
  return steps
}
