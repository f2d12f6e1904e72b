import { ensure, ensureKnownOptions } from '../core/index.ts'
import type { Horizon } from './schedule.ts'

/** How long something takes, in updates or in epochs; one of the two. */
export interface Span {
  /** In updates. */
  readonly steps?: number
  /** In epochs; fractions are allowed and rounded to whole updates. */
  readonly epochs?: number
}

/** A number of updates, or a {@link Span}: `500`, `{ steps: 500 }` and `{ epochs: 5 }`. */
export type Length = number | Span

/** The same length as a span, or undefined if neither steps nor epochs are given. */
export function checkLength(curve: string, length: Length): Span | undefined {
  const span = typeof length === 'number' ? { steps: length } : length
  ensureKnownOptions(`a length of ${curve}`, span, ['steps', 'epochs'])
  const { steps, epochs } = span
  ensure(
    steps === undefined || epochs === undefined,
    `${curve}: expected a length in steps or in epochs, got both (${steps} steps, ${epochs} epochs)`,
  )
  ensure(
    steps === undefined || (Number.isInteger(steps) && steps >= 0),
    `${curve}: expected a whole number of steps, 0 or more, got ${steps}`,
  )
  ensure(
    epochs === undefined || (Number.isFinite(epochs) && epochs >= 0),
    `${curve}: expected a number of epochs, 0 or more, got ${epochs}`,
  )
  return steps === undefined && epochs === undefined ? undefined : span
}

/** A length that must be given and cannot be empty, such as the time between two drops. */
export function checkPositive(curve: string, what: string, length: Length): Span {
  const span = checkLength(curve, length)
  const amount = span?.steps ?? span?.epochs
  ensure(amount !== undefined && amount > 0, `${curve}: expected ${what} above 0, got ${amount ?? 'nothing'}`)
  return span!
}

/** The number of updates in a period that must not be empty; at least 1. */
export const periodIn = (curve: string, span: Span, horizon: Horizon): number =>
  Math.max(1, stepsIn(curve, span, horizon))

/** The number of updates in a span. */
export function stepsIn(curve: string, span: Span, { stepsPerEpoch }: Horizon): number {
  if (span.steps !== undefined) return span.steps
  ensure(
    stepsPerEpoch !== undefined,
    `${curve}: its length is in epochs (${span.epochs}), and the number of steps in an epoch is not known here`,
    'give it in steps, or give { stepsPerEpoch } with the step: schedule(step, { stepsPerEpoch: 100 })',
  )
  return Math.round(span.epochs! * stepsPerEpoch)
}

/** Fails unless the first value of a curve, if given, is above 0. */
export function checkStart(curve: string, from: number | undefined): void {
  ensure(
    from === undefined || (from > 0 && from < Infinity),
    `${curve}: expected \`from\` above 0, got ${from}`,
  )
}

/** Fails unless a value of a curve, if given, is 0 or more. */
export function checkEnd(curve: string, to: number | undefined, what = '`to`'): void {
  ensure(to === undefined || (to >= 0 && to < Infinity), `${curve}: expected ${what}, 0 or more, got ${to}`)
}

/** From `from` (weight 0) to `to` (weight 1). */
export const mix = (from: number, to: number, weight: number): number => (1 - weight) * from + weight * to
