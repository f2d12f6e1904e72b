import { ensure, ensureKnownOptions } from '../core/index.ts'
import { type Curve, defineCurve } from './curve.ts'
import type { Length, Span } from './length.ts'

/** From one value to another. The length is the rest of the run unless `steps` or `epochs` say otherwise. */
export interface RampOptions extends Span {
  /** The first value, above 0. Default: where the curve before it ended, or else the optimizer's rate. */
  readonly from?: number
  /** The value at the end, 0 or more. Default: 0. */
  readonly to?: number
}

const mix = (from: number, to: number, weight: number) => (1 - weight) * from + weight * to

function ramp(
  name: string,
  { from, to = 0, steps, epochs }: RampOptions,
  weight: (x: number) => number,
): Curve {
  ensure(
    from === undefined || (from > 0 && from < Infinity),
    `${name}: expected \`from\` above 0, got ${from}`,
  )
  ensure(to >= 0 && to < Infinity, `${name}: expected \`to\`, 0 or more, got ${to}`)
  return defineCurve(name, {
    span: { steps, epochs },
    without: 'rest',
    value: (_, place) => mix(from ?? place.start, to, weight(place.fraction)),
  })
}

/** A straight line: `linear({ from: 0.1, to: 0, steps: 1000 })`. */
export function linear(options: RampOptions = {}): Curve {
  ensureKnownOptions('linear', options, ['from', 'to', 'steps', 'epochs'])
  return ramp('linear', options, (x) => x)
}

/** Half a cosine wave, flat at both ends (Loshchilov and Hutter, 2017, without restarts). */
export function cosine(options: RampOptions = {}): Curve {
  ensureKnownOptions('cosine', options, ['from', 'to', 'steps', 'epochs'])
  return ramp('cosine', options, (x) => (1 - Math.cos(Math.PI * x)) / 2)
}

/** `to + (from - to) (1 - x)^power`, where x goes from 0 to 1; `power` is 2 by default. */
export function polynomial({ power = 2, ...options }: RampOptions & { readonly power?: number } = {}): Curve {
  ensureKnownOptions('polynomial', options, ['from', 'to', 'steps', 'epochs', 'power'])
  ensure(power > 0 && power < Infinity, `polynomial: expected a power above 0, got ${power}`)
  return ramp('polynomial', options, (x) => 1 - (1 - x) ** power)
}

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
export function warmup(length: Length, options: WarmupOptions = {}): Curve {
  ensureKnownOptions('warmup', options, ['from', 'to'])
  const { from, to } = options
  ensure(
    from === undefined || (from >= 0 && from < Infinity),
    `warmup: expected \`from\`, 0 or more, got ${from}`,
  )
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
}
