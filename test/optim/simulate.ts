import { type Tensor, tensor } from '../../src/core/index.ts'
import {
  initialState,
  type Optimizer,
  type ParamInfo,
  scalarsAt,
  updateGraph,
} from '../../src/optim/index.ts'
import { fuse } from '../../src/runtime/fuse/index.ts'
import type { Horizon } from '../../src/schedules/index.ts'

/** The gradient of a parameter, from its elements. */
export type Gradient = (p: Float32Array, step: number) => ArrayLike<number>

/** Trains one parameter for `steps` steps, the way the runtime does: fused updates in place. Calls `see` after each. */
export function simulate(
  optimizer: Optimizer,
  start: readonly number[],
  gradient: Gradient,
  steps: number,
  options: {
    info?: Partial<ParamInfo>
    horizon?: Horizon
    see?: (p: Float32Array, step: number) => void
  } = {},
): { p: Float32Array; state: Record<string, Tensor> } {
  const info: ParamInfo = { name: 'p', shape: [start.length], decay: true, ...options.info }
  const p = tensor(start).data
  const state = initialState(optimizer, info)
  const loop = fuse(updateGraph(optimizer, info))
  const held = Object.fromEntries(Object.entries(state).map(([name, { data }]) => [name, data]))
  for (let step = 0; step < steps; step++) {
    const g = Float32Array.from(gradient(p, step))
    loop.run({ p, g, ...held }, scalarsAt(optimizer, step, options.horizon), p.length)
    options.see?.(p, step)
  }
  return { p, state }
}
