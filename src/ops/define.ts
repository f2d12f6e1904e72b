import { type DType, formatShape, GradusError, isFloat, unknownName } from '../core/index.ts'
import {
  type Attributes,
  constant,
  currentScope,
  type Inputs,
  Node,
  type Operator,
  Value,
  type ValueInfo,
} from '../graph/index.ts'

const registry = new Map<string, Operator>()

/**
 * Registers an operator; the domain is ONNX's unless given. Conformance tests, the file reader and the support table
 * find it in the registry, without its being named anywhere else.
 */
export function defineOperator<I extends Inputs, A extends object = Record<never, never>>(
  record: Omit<Operator<I, A>, 'domain'> & { domain?: 'gradus' | 'com.microsoft' | 'com.microsoft.nchwc' },
): Operator<I, A> {
  const op = { domain: '', ...record }
  const key = keyOf(op.type, op.domain)
  if (registry.has(key)) throw new GradusError(`operator ${key} is defined twice`)
  registry.set(key, op as unknown as Operator)
  return op
}

const keyOf = (type: string, domain: string) => (domain === '' ? type : `${domain}.${type}`)

/** Every operator that Gradus knows, by name (`Conv`, `gradus.MaxPoolGrad`). */
export const operators: ReadonlyMap<string, Operator> = registry

/** The operator that a file calls `type` in `domain`. */
export function findOperator(type: string, domain = ''): Operator {
  const op = registry.get(keyOf(type, domain === 'ai.onnx' ? '' : domain))
  if (!op) throw unknownName('operator', keyOf(type, domain), [...registry.keys()])
  return op
}

/** Applies an operator: checks the inputs by its shape rule and returns its outputs. */
export function applyAll<I extends Inputs, A extends object>(
  op: Operator<I, A>,
  inputs: I,
  attrs: A,
): readonly Value[] {
  let infos: readonly ValueInfo[]
  try {
    infos = op.infer(inputs, attrs)
  } catch (error) {
    if (!(error instanceof GradusError)) throw error
    const [what = '', ...notes] = error.message.split('\n  ')
    const scope = currentScope()
    throw new GradusError(`${op.type}${scope ? ` in ${scope}` : ''}: ${what}`, [
      `inputs: ${inputs.map((value) => value ?? 'none').join('; ') || 'none'}`,
      ...notes,
    ])
  }
  return new Node(op as unknown as Operator, inputs, attrs as Attributes, infos).outputs
}

/** Applies an operator that has one output. */
export function apply<I extends Inputs, A extends object>(op: Operator<I, A>, inputs: I, attrs: A): Value {
  return applyAll(op, inputs, attrs)[0]!
}

/** What element-wise builders take: a value, or a number that becomes a constant of the other operand's dtype. */
export type Operand = Value | number

/** Both operands as values. */
export function lift(a: Operand, b: Operand): [Value, Value] {
  if (a instanceof Value) return [a, b instanceof Value ? b : constant(b, a.dtype)]
  if (b instanceof Value) return [constant(a, b.dtype), b]
  return [constant(a), constant(b)]
}

/** Fails unless there are two inputs; a file may say otherwise, and ONNX's Max and Min take any number. */
export function expectTwo(inputs: Inputs): void {
  if (inputs.length === 2 && inputs[0] && inputs[1]) return
  throw new GradusError(`expected two inputs, got ${inputs.filter((value) => value !== undefined).length}`)
}

/** Fails unless all inputs have the same dtype. */
export function expectSameDType(...inputs: readonly (Value | undefined)[]): void {
  const present = inputs.filter((value) => value !== undefined)
  if (present.some((value) => value.dtype !== present[0]!.dtype)) {
    throw new GradusError(
      `expected inputs of one dtype, got ${present.map((value) => value.dtype).join(' and ')}`,
      ['convert with cast(x, dtype)'],
    )
  }
}

/** Fails unless the input holds floating-point numbers. */
export function expectFloat(x: ValueInfo): void {
  if (!isFloat(x.dtype)) throw new GradusError(`expected floating-point numbers, got ${x.dtype}`)
}

/** Fails unless the input has this many axes. */
export function expectRank(x: ValueInfo, rank: number, layout: string): void {
  if (x.shape.length !== rank) {
    throw new GradusError(`expected ${rank} axes ${layout}, got ${formatShape(x.shape)}`)
  }
}

/** The integers that a constant input holds; shapes and axes must be known when the graph is built. */
export function intsOf(value: Value, what: string): number[] {
  if (!value.data) throw new GradusError(`${what} must be a constant, since shapes are static`)
  return Array.from(value.data.data as ArrayLike<number | bigint>, Number)
}

/** An int64 constant vector, as ONNX wants for shapes, axes and pads. */
export const ints = (values: readonly number[]): Value => constant(values, 'int64')

/** A one-element constant like the inputs of element-wise operators. */
export const scalar = (value: number, dtype: DType): Value => constant(value, dtype)
