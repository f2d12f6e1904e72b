import { type About, registerMaker } from '../core/index.ts'
import type { Schedule } from './schedule.ts'

/**
 * Makes the function that makes a kind of schedule. With `about` the kind is in the catalog: `gradus list`, the docs and
 * the conformance suites find it there.
 * ```ts
 * const sawtooth = defineSchedule('sawtooth', (period: number, rate: number): Schedule =>
 *   (step) => rate * (1 - (step % period) / period))
 * ```
 */
export function defineSchedule<Args extends readonly unknown[], S extends Schedule>(
  name: string,
  make: (...args: Args) => S,
  about?: About<NoInfer<Args>>,
): (...args: Args) => S {
  if (about) registerMaker('schedule', name, make, about)
  return make
}
