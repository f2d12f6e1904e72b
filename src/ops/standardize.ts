import { ensure, formatShape, normalizeAxes, type Shape, sizeOf } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { add, div, mul, sub } from './binary.ts'
import { applyAll, defineOperator, expectFloat } from './define.ts'
import { mean } from './reduce.ts'
import { neg, sqrt } from './unary.ts'

interface Attrs {
  axes: readonly number[]
  epsilon: number
  /** 1 where nothing that reads the result sees its mean, so that the gradient that comes back has mean 0, too. */
  centered?: number
}

/** How many elements share a mean and a variance. */
const countOf = (shape: Shape, axes: readonly number[]) => sizeOf(axes.map((axis) => shape[axis]!))

const standardizeOperator = defineOperator<[x: Value], Attrs>({
  type: 'Standardize',
  domain: 'gradus',
  doc: 'Mean 0 and variance 1 over axes, and what it multiplied by.',
  attributes: { axes: 'ints', epsilon: 'float', centered: 'int' },
  infer([x], { axes }) {
    expectFloat(x)
    const at = normalizeAxes(axes, x.rank)
    ensure(countOf(x.shape, at) > 0, `cannot standardize no elements ${formatShape(x.shape)}`)
    const kept = x.shape.map((n, axis) => (at.includes(axis) ? 1 : n))
    return [
      { dtype: x.dtype, shape: x.shape },
      { dtype: x.dtype, shape: kept },
    ]
  },
  // The variance of what is centered, not the mean of squares less a square, which cancels when the mean is large.
  expand([x], { axes, epsilon }) {
    const centered = sub(x, mean(x, { axes, keepDims: true }))
    const variance = mean(mul(centered, centered), { axes, keepDims: true })
    const inverse = div(1, sqrt(add(variance, epsilon)))
    return [mul(centered, inverse), inverse]
  },
  // dx = (dz - mean(dz) - z mean(dz z)) / std, and that of 1 / std is -z / (count std^2).
  grad(_dy, { outputs: [z, inverse], dys: [dz, dInverse], inputs: [x], attrs: { axes, centered } }) {
    const over = { axes, keepDims: true }
    let dx: Value | undefined
    if (dz) {
      const level = centered ? dz : sub(dz, mean(dz, over))
      dx = mul(sub(level, mul(z!, mean(mul(dz, z!), over))), inverse!)
    }
    if (dInverse) {
      const count = countOf(x.shape, normalizeAxes(axes, x.rank))
      const more = mul(z!, neg(mul(dInverse, mul(mul(inverse!, inverse!), 1 / count))))
      dx = dx ? add(dx, more) : more
    }
    return [dx]
  },
})

export interface StandardizeOptions {
  /** The axes whose elements share a mean and a variance. */
  axes: readonly number[]
  /** Added to the variance (default 1e-5). */
  epsilon?: number
}

/** (x - mean) / sqrt(variance + epsilon) over the axes, with the biased variance: what all norms but that of batches do. */
export function standardize(x: Value, { axes, epsilon = 1e-5 }: StandardizeOptions): Value {
  return applyAll(standardizeOperator, [x], { axes, epsilon })[0]!
}
