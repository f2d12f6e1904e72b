import { sizeOf, type Tensor } from '../../core/index.ts'
import type { LayerCall } from '../../nn/index.ts'
import type { Filters } from '../statistics-event.ts'
import { rounded } from './rounded.ts'

/** What is small enough to be drawn, and to be kept for every epoch: [filters, channels, height, width]. */
const MOST = [64, 3, 11, 11] as const

/** The name of the weights of the first convolution of an image model, [O, C, kH, kW], if they are small. */
export function filtersOf(calls: readonly LayerCall[]): string | undefined {
  const first = calls.find(({ layer, input }) => input.rank === 4 && layer.params.weight?.shape.length === 4)
  if (!first) return undefined
  const { shape } = first.layer.params.weight!
  const isSmall = shape.every((n, axis) => n <= MOST[axis]!)
  return isSmall && sizeOf(shape.slice(2)) > 1 ? `${first.path ? `${first.path}.` : ''}weight` : undefined
}

/** Weights for drawing. Those that are not finite are 0. */
export function filters(name: string, { shape, data }: Tensor): Filters {
  const values = Array.from(data as Float32Array, (value) => (Number.isFinite(value) ? rounded(value, 4) : 0))
  return { name, shape, values }
}
