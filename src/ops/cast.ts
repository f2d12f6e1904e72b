import { type DType, dtypeFromOnnx, dtypes, isFloat } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { apply, defineOperator } from './define.ts'

const castOperator = defineOperator<[x: Value], { to: number }>({
  type: 'Cast',
  doc: 'Conversion to another dtype.',
  attributes: { to: 'int' },
  infer: ([x], { to }) => [{ dtype: dtypeFromOnnx(to, 'Cast'), shape: x.shape }],
  // Through integers and booleans nothing flows.
  grad: (dy, { inputs: [x], outputs: [y] }) => [
    isFloat(x.dtype) && isFloat(y!.dtype) ? cast(dy, x.dtype) : undefined,
  ],
})

/** x as `dtype`; x itself if it already is. */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : apply(castOperator, [x], { to: dtypes[dtype].onnx })
}
