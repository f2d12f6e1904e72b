import { formatShape, type JsonObject, type Tensor } from '../../core/index.ts'

/** Where the numbers of a tensor lie. */
export interface Range extends JsonObject {
  readonly shape: readonly number[]
  /** The smallest and the largest finite element; absent if there is none. */
  readonly min?: number
  readonly max?: number
  /** Share of elements that are NaN or infinite, 0 to 1; absent if none is. */
  readonly nonFinite?: number
}

export function rangeOf({ shape, data }: Tensor): Range {
  let [min, max, finite] = [Infinity, -Infinity, 0]
  for (let i = 0; i < data.length; i++) {
    const x = Number(data[i])
    if (!Number.isFinite(x)) continue
    finite++
    if (x < min) min = x
    if (x > max) max = x
  }
  return {
    shape,
    ...(finite > 0 && { min, max }),
    ...(finite < data.length && { nonFinite: 1 - finite / data.length }),
  }
}

/** Such as `[64, 8] in -3.2e+30 .. 12`. */
export function formatRange({ shape, min, max, nonFinite }: Range): string {
  const span = min === undefined ? '' : ` in ${Number(min.toPrecision(3))} .. ${Number(max!.toPrecision(3))}`
  const broken = nonFinite === undefined ? '' : `, ${Number((100 * nonFinite).toPrecision(2))}% not finite`
  return `${formatShape(shape)}${span}${broken}`
}
