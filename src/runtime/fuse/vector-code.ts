import { numbersOf } from '../../core/index.ts'
import type { Node, Value } from '../../graph/index.ts'
import type { Plan } from './plan.ts'
import { instruction, moduleOf, type } from './wasm-module.ts'

const { get, set, vector, load, store, floats, splat } = instruction

/** Bytes in a vector of 4 float32. */
const vectorBytes = 16
const smallestNormal = 2 ** -126

/** The 4-lane float32 instruction of each operator that has one (WebAssembly SIMD). */
const codes: Readonly<Record<string, number>> = {
  Add: 0xe4,
  Sub: 0xe5,
  Mul: 0xe6,
  Div: 0xe7,
  Neg: 0xe1,
  Abs: 0xe0,
  Sqrt: 0xe3,
  Min: 0xe8,
  Max: 0xe9,
  Floor: 0x68,
  Ceil: 0x67,
  Equal: 0x41,
  Less: 0x43,
  Greater: 0x44,
  LessOrEqual: 0x45,
  GreaterOrEqual: 0x46,
  Not: 0x4d,
  And: 0x4e,
  Or: 0x50,
  Where: 0x52, // bitselect, which takes the condition last
}
const lessThan = vector(codes.Less!)
const absolute = vector(codes.Abs!)
const andNot = vector(0x4f)

/** Whether every operator of a plan has a vector instruction, and everything stored is float32. */
export function hasVectorForm({ arrays, scalars, constants, before, inside }: Plan): boolean {
  const stored = [...arrays, ...scalars, ...constants]
  return (
    stored.every(({ dtype }) => dtype === 'float32') &&
    [...before, ...inside].every(({ op, outputs }) => {
      const known = op.domain === '' && op.type in codes
      return known && outputs.every(({ dtype }) => dtype === 'float32' || dtype === 'bool')
    })
  )
}

/**
 * A plan as a WebAssembly module whose `loop(bytes, ...scalars)` goes over the first `bytes` of each array, four elements
 * at a time; array `k` lies in its memory at `k * stride` bytes.
 */
export function vectorModule(plan: Plan, stride: number): Uint8Array {
  const { arrays, scalars, constants, before, inside } = plan
  const position = scalars.length + 1 // the local behind the parameters: where in the arrays the loop is, in bytes
  const locals = new Map<Value, number>()
  const localOf = (value: Value) => {
    const local = locals.get(value) ?? position + 1 + locals.size
    locals.set(value, local)
    return local
  }
  const compute = ({ op, inputs, outputs }: Node) => {
    const operands = op.type === 'Where' ? [inputs[1], inputs[2], inputs[0]] : inputs
    return [
      ...operands.flatMap((value) => get(localOf(value!))),
      ...vector(codes[op.type]!),
      ...set(localOf(outputs[0]!)),
    ]
  }
  const head = [
    ...scalars.flatMap((value, k) => [...get(k + 1), ...splat, ...set(localOf(value))]),
    ...constants.flatMap((value) => [...floats(numbersOf(value.data!)[0]!), ...set(localOf(value))]),
    ...before.flatMap(compute),
  ]
  const body = [
    ...arrays.flatMap(({ input }, k) =>
      input ? [...get(position), ...load(k * stride), ...set(localOf(input))] : [],
    ),
    ...inside.flatMap(compute),
    ...arrays.flatMap(({ output }, k) =>
      output ? [...get(position), ...flushed(localOf(output)), ...store(k * stride)] : [],
    ),
    ...[...get(position), ...instruction.smallInt(vectorBytes), ...instruction.addInts, ...set(position)],
    ...[...get(position), ...get(0), ...instruction.lessUnsigned],
  ]
  return moduleOf({
    params: [type.i32, ...scalars.map(() => type.f32)],
    vectors: locals.size,
    code: [...head, ...instruction.repeatWhile(body)],
    pages: Math.ceil((arrays.length * stride) / 65536),
  })
}

/** A local with 0 in place of what is too small for full precision. NaN compares false, so it stays. */
const flushed = (local: number) => [
  ...get(local),
  ...[...get(local), ...absolute, ...floats(smallestNormal), ...lessThan],
  ...andNot,
]
