import { constant, type Value } from '../graph/index.ts'
import { add, clip, div, mul, reshape, split, sub } from '../ops/index.ts'
import type { Picture } from './augmentation.ts'

/** A number for each channel beside pixels: [C, 1, 1]. */
export const byChannel = (values: readonly number[]): Value =>
  constant(Float32Array.from(values), 'float32', [values.length, 1, 1])

/** What the network sees [N, C, H, W] as colors in [0, 1]; what is beyond is cut off. */
export function toUnit(x: Value, { unit: { scale, offset } }: Picture): Value {
  return clip(add(mul(x, byChannel(scale)), byChannel(offset)), { min: 0, max: 1 })
}

/** Colors in [0, 1] as the network sees them. */
export function fromUnit(u: Value, { unit: { scale, offset } }: Picture): Value {
  return div(sub(u, byChannel(offset)), byChannel(scale))
}

/** The numbers drawn for each picture, [N, n], beside pixels: n times [N, 1, 1, 1]. */
export function columnsOf(drawn: Value): readonly Value[] {
  const [count, numbers] = drawn.shape as [number, number]
  const columns = numbers === 1 ? [drawn] : split(drawn, numbers, { axis: 1 })
  return columns.map((column) => reshape(column, [count, 1, 1, 1]))
}
