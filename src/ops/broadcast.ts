import { broadcastShapes, formatShape, GradusError, type Shape } from '../core/index.ts'
import type { ValueInfo } from '../graph/index.ts'

/** The shape that the operands broadcast to; throws a sentence with both shapes if they do not fit. */
export function broadcastOf(...values: readonly ValueInfo[]): Shape {
  const shape = broadcastShapes(...values.map((value) => value.shape))
  if (shape) return shape
  throw new GradusError(`shapes ${values.map((v) => formatShape(v.shape)).join(' and ')} do not broadcast`, [
    'aligned at the last axis, sizes must be equal or 1',
  ])
}
