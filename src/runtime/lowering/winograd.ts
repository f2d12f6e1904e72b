import type { Value } from '../../graph/index.ts'
import { matmul, reshape, sum, transpose, type Window } from '../../ops/index.ts'
import { fusedMatmul } from './kernels.ts'
import type { Layouts } from './layouts.ts'
import { type Axis, filterForm, imageForm, kernel, points, resultForm, tilesOf } from './winograd-matrices.ts'

// Winograd's minimal filtering F(4x4, 3x3): Y = A' [(G w G') * (B' x B)] A for each tile of 4x4 results. The products in the
// middle are 36 matrix products over channels, with a quarter of the multiplications of the convolution. Gradients are the
// same steps backwards: dM = A dY A', dV = dM U, dU = dM V. So each of the three passes shares what it transforms with
// another. Rounding errors are some ten times those of plain sums: 1e-5 of the largest result.
//
// Transformed images are [6, rows of tiles, 6, columns of tiles N, C], transformed filters [6, 1, 6, O, I].

/** A convolution that is done in this form: its images' axes. */
export interface Winograd {
  readonly rows: Axis
  readonly columns: Axis
}

/** `O I / (O + I)` above which what is saved in multiplications makes up for the passes over memory. */
const DEEP = 40
/** Places in a batch above which it makes up for transforming the filters. */
const MANY = 512

/**
 * The form of a convolution, if it has one and is faster for it.
 * @param images the shape of its input.
 * @param weight the shape of its weight.
 */
export function winogradOf(
  [n, , height, width]: readonly number[],
  [o, i, ...taps]: readonly number[],
  { strides, dilations, pads }: Window,
): Winograd | undefined {
  if (taps.some((k) => k !== kernel) || [...strides, ...dilations].some((s) => s !== 1)) return undefined
  if ((o! * i!) / (o! + i!) < DEEP || n! * height! * width! < MANY) return undefined
  const [top, left, bottom, right] = pads as [number, number, number, number]
  return {
    rows: { size: height!, before: top, after: bottom },
    columns: { size: width!, before: left, after: right },
  }
}

/** Blocked images to blocked results. */
export function winogradConv(x: Value, weight: Value, form: Winograd, layouts: Layouts): Value {
  const products = fusedMatmul(imagePoints(x, form, layouts), filterPoints(weight, layouts), { transB: 1 })
  return fromPoints(products, resultForms(form, layouts), [x.shape[0]!, weight.shape[0]!], layouts.block)
}

/** The gradient of the results to that of the images, both blocked. */
export function winogradInputGrad(dy: Value, weight: Value, form: Winograd, layouts: Layouts): Value {
  const products = matmul(resultPoints(dy, form, layouts), filterPoints(weight, layouts))
  return fromPoints(products, imageForms(form, layouts), [dy.shape[0]!, weight.shape[1]!], layouts.block)
}

/** Images and the gradient of the results to that of the weight, [O, I, 3, 3] in the ordinary layout. */
export function winogradWeightGrad(x: Value, dy: Value, form: Winograd, layouts: Layouts): Value {
  const [i, o] = [x.shape[1]!, dy.shape[1]!]
  const products = fusedMatmul(resultPoints(dy, form, layouts), imagePoints(x, form, layouts), { transA: 1 })
  const total = tilesOf(form.rows) === 1 ? products : sum(products, { axes: 1 })
  const forms = layouts.once('winograd filters', [], filterForm)
  const taps = fusedMatmul(reshape(total, [points ** 2, o * i]), forms, { transA: 1 })
  return reshape(taps, [o, i, kernel, kernel])
}

const imagePoints = (x: Value, form: Winograd, layouts: Layouts): Value =>
  layouts.once(`winograd image ${keyOf(form)}`, [x], () =>
    toPoints(layouts.blocked(x), imageForms(form, layouts), layouts.block),
  )

const resultPoints = (dy: Value, form: Winograd, layouts: Layouts): Value =>
  layouts.once(`winograd result ${keyOf(form)}`, [dy], () =>
    toPoints(layouts.blocked(dy), resultForms(form, layouts), layouts.block),
  )

const filterPoints = (weight: Value, layouts: Layouts): Value =>
  layouts.once('winograd filter', [weight], () => {
    const [o, i] = weight.shape as [number, number]
    const taps = reshape(layouts.plain(weight), [o * i, kernel ** 2])
    const forms = layouts.once('winograd filters', [], filterForm)
    return reshape(fusedMatmul(forms, taps, { transB: 1 }), [points, 1, points, o, i])
  })

/** Matrices [6 tiles, size] for both axes. */
type Forms = readonly [rows: Value, columns: Value]

const imageForms = ({ rows, columns }: Winograd, layouts: Layouts): Forms => [
  layouts.once(`winograd images ${axisKey(rows)}`, [], () => imageForm(rows)),
  layouts.once(`winograd images ${axisKey(columns)}`, [], () => imageForm(columns)),
]
const resultForms = ({ rows, columns }: Winograd, layouts: Layouts): Forms => [
  layouts.once(`winograd results ${axisKey(rows)}`, [], () => resultForm(rows)),
  layouts.once(`winograd results ${axisKey(columns)}`, [], () => resultForm(columns)),
]
const axisKey = ({ size, before, after }: Axis) => `${size}+${before}+${after}`
const keyOf = ({ rows, columns }: Winograd) => `${axisKey(rows)} ${axisKey(columns)}`

/** Blocked images [N, C, H, W], each axis transformed by its form. */
function toPoints(x: Value, [rows, columns]: Forms, block: number): Value {
  const [n, c, height, width] = x.shape as [number, number, number, number]
  const [high, wide] = [rows.shape[0]!, columns.shape[0]!]
  const places = transpose(reshape(x, [n, c / block, height * width, block]), [2, 0, 1, 3])
  const lines = matmul(rows, reshape(places, [height, width * n * c]))
  const all = matmul(columns, reshape(lines, [high, width, n * c]))
  return reshape(all, [points, high / points, points, (wide / points) * n, c])
}

/** Back to blocked images [N, C, H, W], by the transposed forms. */
function fromPoints(
  x: Value,
  [rows, columns]: Forms,
  [n, c]: readonly [number, number],
  block: number,
): Value {
  const [high, height] = rows.shape as [number, number]
  const [wide, width] = columns.shape as [number, number]
  const lines = fusedMatmul(columns, reshape(x, [high, wide, n * c]), { transA: 1 })
  const places = fusedMatmul(rows, reshape(lines, [high, width * n * c]), { transA: 1 })
  const images = transpose(reshape(places, [height * width, n, c / block, block]), [1, 2, 0, 3])
  return reshape(images, [n, c, height, width])
}
