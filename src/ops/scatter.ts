import { ensure, formatShape, normalizeAxis, sameShape } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { apply, defineOperator, expectSameDType } from './define.ts'
import { expectIndices, gatherElements, gatherND, indexedShape } from './gather.ts'
import { expand } from './shape.ts'

/** What happens where an element exists already: `none` replaces it, `add` adds to it. */
export type ScatterReduction = 'none' | 'add'

type Inputs = [x: Value, indices: Value, updates: Value]
interface Attrs {
  reduction?: string
}

function checkReduction(reduction = 'none'): void {
  ensure(
    reduction === 'none' || reduction === 'add',
    `reduction "${reduction}" is not supported, only none and add`,
  )
}

const zerosLike = (x: Value) => expand(constant(0, x.dtype), x.shape)

const scatterElementsOperator = defineOperator<Inputs, Attrs & { axis?: number }>({
  type: 'ScatterElements',
  doc: 'A tensor with single elements replaced or added to, where the indices say.',
  attributes: { axis: 'int', reduction: 'string' },
  infer([x, indices, updates], attrs) {
    checkReduction(attrs.reduction)
    expectIndices(indices)
    expectSameDType(x, updates)
    const axis = normalizeAxis(attrs.axis ?? 0, x.rank)
    ensure(
      sameShape(indices.shape, updates.shape),
      `expected one index per update, got ${formatShape(indices.shape)} and ${formatShape(updates.shape)}`,
    )
    ensure(
      indices.rank === x.rank && indices.shape.every((n, i) => i === axis || n <= x.shape[i]!),
      `indices ${formatShape(indices.shape)} do not fit into ${formatShape(x.shape)} outside of axis ${axis}`,
    )
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  grad: (dy, { inputs: [, indices, updates], attrs: { axis = 0, reduction = 'none' } }) => [
    reduction === 'add' ? dy : scatterElements(dy, indices, zerosLike(updates), { axis }),
    undefined,
    gatherElements(dy, indices, { axis }),
  ],
})

/**
 * x with y[indices[i][j]][j] = updates[i][j] for axis 0 (default), or += with reduction `add` (torch.scatter, scatter_add).
 * With `none`, no place may be named twice.
 */
export function scatterElements(
  x: Value,
  indices: Value,
  updates: Value,
  { axis = 0, reduction = 'none' }: { axis?: number; reduction?: ScatterReduction } = {},
): Value {
  return apply(scatterElementsOperator, [x, indices, updates], { axis, reduction })
}

const scatterNDOperator = defineOperator<Inputs, Attrs>({
  type: 'ScatterND',
  doc: 'A tensor with slices replaced or added to, where index vectors say.',
  attributes: { reduction: 'string' },
  infer([x, indices, updates], { reduction }) {
    checkReduction(reduction)
    expectSameDType(x, updates)
    const expected = indexedShape(x, indices)
    ensure(
      sameShape(updates.shape, expected),
      `expected updates ${formatShape(expected)}, got ${formatShape(updates.shape)}`,
    )
    return [{ dtype: x.dtype, shape: x.shape }]
  },
  grad: (dy, { inputs: [, indices, updates], attrs: { reduction = 'none' } }) => [
    reduction === 'add' ? dy : scatterND(dy, indices, zerosLike(updates)),
    undefined,
    gatherND(dy, indices),
  ],
})

/**
 * x with the slices at index vectors [..., K] of its first K axes replaced by the updates, or added to (reduction `add`).
 * No place may be named twice: not with `none`, and not with `add` either unless the graph runs in one thread, since ONNX
 * Runtime's kernel adds in several threads at once and loses sums (its issue 18048); scatterElements does not.
 */
export function scatterND(
  x: Value,
  indices: Value,
  updates: Value,
  { reduction = 'none' }: { reduction?: ScatterReduction } = {},
): Value {
  return apply(scatterNDOperator, [x, indices, updates], { reduction })
}
