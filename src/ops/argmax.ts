import { normalizeAxis } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { apply, defineOperator } from './define.ts'

interface Attrs {
  axis?: number
  keepdims?: number
  select_last_index?: number
}

function extremePosition(type: string, doc: string) {
  const op = defineOperator<[x: Value], Attrs>({
    type,
    doc,
    attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
    infer([x], { axis = 0, keepdims = 1 }) {
      const at = normalizeAxis(axis, x.rank)
      return [{ dtype: 'int64', shape: x.shape.toSpliced(at, 1, ...(keepdims ? [1] : [])) }]
    },
    grad: 'zero',
  })
  return (x: Value, axis = -1): Value => apply(op, [x], { axis, keepdims: 0 })
}

/** int64 positions of the largest elements along the axis (default last), which goes; the first of several. */
export const argmax = extremePosition('ArgMax', 'Position of the largest element.')
/** int64 positions of the smallest elements along the axis (default last), which goes; the first of several. */
export const argmin = extremePosition('ArgMin', 'Position of the smallest element.')
