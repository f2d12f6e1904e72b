import {
  type DType,
  dtypes,
  formatShape,
  type Shape,
  type Tensor,
  type TypedArray,
  tensor,
} from '../core/index.ts'
import type { Node } from './node.ts'

/** What is known of a tensor before it exists. */
export interface ValueInfo {
  readonly dtype: DType
  readonly shape: Shape
}

/**
 * A symbolic tensor. It is one of three things: the output of a node (`producer`), a constant (`data`), or an input that
 * gets its numbers when the graph runs (neither). Values are immutable; a graph is whatever its outputs reach.
 *
 * Arithmetic methods (`x.mul(2)`) are added by `ops/methods.ts`.
 */
export class Value implements ValueInfo {
  readonly dtype: DType
  readonly shape: Shape
  readonly producer: Node | undefined
  readonly data: Tensor | undefined
  /** Given names reach the ONNX file and the printer; others are numbered there. */
  readonly name: string | undefined

  constructor(info: ValueInfo, origin: { producer?: Node; data?: Tensor; name?: string } = {}) {
    this.dtype = info.dtype
    this.shape = info.shape
    this.producer = origin.producer
    this.data = origin.data
    this.name = origin.name
  }

  get rank(): number {
    return this.shape.length
  }

  /** `float32 [128, 10]`, for messages. */
  toString(): string {
    return `${this.name ? `${this.name} ` : ''}${this.dtype} ${formatShape(this.shape)}`
  }
}

/** A value whose numbers are given when the graph runs. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Value {
  return new Value({ dtype, shape }, { name })
}

/** A value that never changes. `data` may be a number (a scalar), an array (a vector, or `shape`), or a {@link Tensor}. */
export function constant(
  data: number | readonly number[] | TypedArray | Tensor,
  dtype: DType = 'float32',
  shape?: Shape,
): Value {
  const held = isTensor(data)
    ? data
    : typeof data === 'number'
      ? tensor([data], shape ?? [], dtype)
      : tensor(data, shape ?? [data.length], dtype)
  return new Value({ dtype: held.dtype, shape: held.shape }, { data: held })
}

function isTensor(data: unknown): data is Tensor {
  return typeof data === 'object' && data !== null && 'dtype' in data && (data as Tensor).dtype in dtypes
}
