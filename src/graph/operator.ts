import type { Tensor } from '../core/index.ts'
import type { Value, ValueInfo } from './value.ts'

export type AttributeValue = number | string | readonly number[] | readonly string[] | Tensor | undefined
export type Attributes = Readonly<Record<string, AttributeValue>>
/** How an attribute is written in an ONNX file. */
export type AttributeKind = 'int' | 'float' | 'string' | 'ints' | 'floats' | 'strings' | 'tensor'

export type Inputs = readonly (Value | undefined)[]

/** What a gradient rule sees of the node that it differentiates. */
export interface GradContext<I extends Inputs = Inputs, A = Attributes> {
  readonly inputs: I
  readonly outputs: readonly Value[]
  readonly attrs: A
  /** Gradients of all outputs; undefined where nothing flows back. Only operators with several outputs need it. */
  readonly dys: readonly (Value | undefined)[]
}

/**
 * The vector-Jacobian product of an operator: from the gradient of its first output to those of its inputs, in their order
 * (undefined: none). A result may have any shape that broadcasts with its input's: the reverse walk sums or expands it.
 */
export type GradRule<I extends Inputs = Inputs, A = Attributes> = (
  dy: Value,
  node: GradContext<I, A>,
) => readonly (Value | undefined)[]

/** An operator: everything that Gradus knows about it, in one record. */
export interface Operator<I extends Inputs = Inputs, A extends object = Attributes> {
  /** The ONNX operator type, or our own name in the domain `gradus`. */
  readonly type: string
  /** Empty for ONNX's own operators; `gradus` for functions that {@link expand} defines in ONNX operators. */
  readonly domain: string
  /** One sentence. */
  readonly doc: string
  /** How each attribute is written in a file. */
  readonly attributes: { readonly [K in keyof A]-?: AttributeKind }
  /** Dtypes and shapes of the outputs; throws a plain sentence if the inputs do not fit. */
  infer(inputs: I, attrs: A): readonly ValueInfo[]
  /**
   * The gradient rule; `'zero'` if the output is piecewise constant in the inputs (comparisons, rounding, indices);
   * `'expand'` to differentiate the definition in its place; `'none'` if a gradient exists but we have no rule, which is
   * an error as soon as somebody asks for it.
   */
  readonly grad: GradRule<I, A> | 'zero' | 'expand' | 'none'
  /** The definition in ONNX operators, for operators of the domain `gradus`. */
  expand?(inputs: I, attrs: A): readonly Value[]
  /**
   * For element-wise operators (each output element depends on the input elements at its place, with broadcasting):
   * the JavaScript expression over the operands, which lets a chain run as one fused loop.
   */
  readonly elementwise?: (operands: readonly string[], attrs: A) => string
  /** False if ONNX Runtime's CPU kernel does not exist in float64 (default true). */
  readonly float64?: boolean
}
