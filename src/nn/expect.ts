import { ensure, type Shape } from '../core/index.ts'
import { currentScope, type Value } from '../graph/index.ts'

/** `[N, 128, 4, 4]`: a shape whose first axis is the batch. */
export function formatBatch(shape: Shape): string {
  return shape.length === 0 ? '[]' : `[${['N', ...shape.slice(1)].join(', ')}]`
}

/** `linear "fc1"`: a layer for messages, at its place in the model; only its kind if it is the whole model. */
export function nameLayer(type: string, path = currentScope()): string {
  return path ? `${type} "${path}"` : type
}

/**
 * Fails unless the input of the current layer fits: `linear "fc1": expected input [N, 512], got [N, 2048]`.
 * @param layout what the layer takes, such as `[N, 512]`.
 * @param notes what to do about it.
 */
export function expectInput(fits: boolean, type: string, layout: string, x: Value, ...notes: string[]): void {
  ensure(fits, `${nameLayer(type)}: expected input ${layout}, got ${formatBatch(x.shape)}`, ...notes)
}

/** Fails unless `n`, an option of a layer, is a whole number of at least `least`. */
export function expectWhole(type: string, what: string, n: number, least = 1): void {
  ensure(
    Number.isSafeInteger(n) && n >= least,
    `${type}: expected ${what} to be a whole number >= ${least}, got ${n}`,
  )
}

/** An option that is one number for all spatial axes, or one for each, as a list. */
export function perAxis(
  type: string,
  what: string,
  option: number | readonly number[],
  axes: number,
  least = 1,
): number[] {
  const list = typeof option === 'number' ? new Array<number>(axes).fill(option) : [...option]
  ensure(
    list.length === axes,
    `${type}: expected ${what} to be one number${axes > 1 ? ` or ${axes}` : ''}, got ${list.length}`,
  )
  for (const n of list) expectWhole(type, what, n, least)
  return list
}
