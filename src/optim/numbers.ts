import { ensure } from '../core/index.ts'
import type { Horizon } from '../schedules/index.ts'
import { keyed } from './keys.ts'
import type { Optimizer, Whole } from './link.ts'

/** The numbers of a step for the scalar inputs of {@link updateGraph}, for all parameters alike. */
export function scalarsAt(optimizer: Optimizer, step: number, horizon?: Horizon): Record<string, number> {
  const scalars: Record<string, number> = {}
  for (const { key, link } of keyed(optimizer.links)) {
    for (const [name, schedule] of Object.entries(link.scalars ?? {})) {
      scalars[`scalar/${key}/${name}`] = finite(key, name, schedule(step, horizon), step)
    }
  }
  return scalars
}

/** The names of the links that need sums over all gradients, in their order. */
export const reductionsOf = (optimizer: Optimizer): string[] =>
  keyed(optimizer.links).flatMap(({ key, link }) => (link.reduce ? [key] : []))

/**
 * The numbers that a link makes of its sums, for the scalar inputs of {@link updateGraph}, and its memory after the step.
 * @param key as {@link reductionsOf} gives it.
 * @throws if the gradients are not finite.
 */
export function reduceAt(
  optimizer: Optimizer,
  key: string,
  whole: Whole,
): { readonly scalars: Record<string, number>; readonly memory: Readonly<Record<string, number>> } {
  const reduce = keyed(optimizer.links).find((other) => other.key === key)?.link.reduce
  ensure(reduce, `${optimizer.name}: link "${key}" has no sums`)
  for (const [name, sum] of Object.entries(whole.sums))
    finite(key, `the sum over all gradients, ${name},`, sum, whole.step)
  const scalars = Object.entries(reduce.scalars).map(([name, from]): [string, number] => [
    `scalar/${key}/${name}`,
    finite(key, name, from(whole), whole.step),
  ])
  return { scalars: Object.fromEntries(scalars), memory: reduce.next?.(whole) ?? whole.memory }
}

function finite(key: string, name: string, value: number, step: number): number {
  ensure(Number.isFinite(value), `${key}: ${name} is ${value} at step ${step}`)
  return value
}

/** What the links remember for the whole model at the start, by link: `{ clipByRunningNorm: { average: 0 } }`. */
export const initialMemory = (optimizer: Optimizer): Record<string, Readonly<Record<string, number>>> =>
  Object.fromEntries(
    keyed(optimizer.links).flatMap(({ key, link }) => (link.reduce ? [[key, link.reduce.memory ?? {}]] : [])),
  )
