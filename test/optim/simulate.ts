import { type Tensor, tensor } from '../../src/core/index.ts'
import type { Optimizer, ParamInfo } from '../../src/optim/index.ts'
import type { Horizon } from '../../src/schedules/index.ts'
import { Updater } from '../../src/train/step/updater.ts'

/** The gradient of a parameter, from its elements. */
export type Gradient = (p: Float32Array, step: number) => ArrayLike<number>

/** Trains one parameter for `steps` steps, the way training does. Calls `see` after each. */
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
): { p: Float32Array; state: ReadonlyMap<string, Tensor> } {
  const info: ParamInfo = { name: 'p', shape: [start.length], decay: true, ...options.info }
  const tensors = new Map<string, Tensor>([[info.name, tensor(start, info.shape)]])
  const updater = new Updater({ optimizer, parameters: [info], tensors })
  const p = tensors.get(info.name)!.data as Float32Array
  for (let step = 0; step < steps; step++) {
    ;(updater.gradients.get(info.name)!.data as Float32Array).set(gradient(p, step))
    updater.run(step, options.horizon ?? {})
    options.see?.(p, step)
  }
  return { p, state: updater.state }
}
