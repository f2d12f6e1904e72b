import { numbersOf } from '../../core/index.ts'
import type { Node, Value } from '../../graph/index.ts'
import type { Plan } from './plan.ts'
import { instruction, moduleOf, type } from './wasm-module.ts'

const { get, set, vector, load, store, floats, splat, addInts } = instruction

/** Bytes in a vector of 4 float32. */
export const vectorBytes = 16
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
}
const [adding, lessThan, greaterThan] = [vector(codes.Add!), vector(codes.Less!), vector(codes.Greater!)]
const [absolute, both, subtracting] = [vector(codes.Abs!), vector(codes.And!), vector(codes.Sub!)]
const andNot = vector(0x4f)
const bitSelect = vector(0x52)

/** The code of operators that take more than an instruction, from those of their operands. */
const forms: Readonly<Record<string, (operands: readonly (readonly number[])[]) => readonly number[]>> = {
  Where: ([condition, a, b]) => [...a!, ...b!, ...condition!, ...bitSelect],
  Sign: ([x]) => {
    const oneWhere = (compare: readonly number[]) => [...x!, ...floats(0), ...compare, ...floats(1), ...both]
    return [...oneWhere(greaterThan), ...oneWhere(lessThan), ...subtracting]
  },
}

/** Whether every operator of a plan has a vector form, and everything stored is float32. */
export function hasVectorForm({ arrays, scalars, constants, before, inside }: Plan): boolean {
  const stored = [...arrays, ...scalars, ...constants]
  return (
    stored.every(({ dtype }) => dtype === 'float32') &&
    [...before, ...inside].every(({ op, outputs }) => {
      const known = op.domain === '' && (op.type in codes || op.type in forms)
      return known && outputs.every(({ dtype }) => dtype === 'float32' || dtype === 'bool')
    })
  )
}

/**
 * A plan as a WebAssembly module whose `loop(bytes, ...addresses, ...scalars)` goes over the first `bytes` of each array,
 * four elements at a time: at least 16. There is an address for each array, and if the plan has sums one more, where the
 * loop leaves a vector for each of them, to be added up.
 */
export function vectorModule(plan: Plan): Uint8Array {
  const { arrays, scalars, sums } = plan
  const addresses = arrays.length + (sums.length > 0 ? 1 : 0)
  const firstScalar = 1 + addresses
  const position = firstScalar + scalars.length // the local behind the parameters: where in the arrays the loop is
  const locals = new Map<Value | string, number>()
  const localOf = (value: Value | string) => {
    const local = locals.get(value) ?? position + 1 + locals.size
    locals.set(value, local)
    return local
  }
  const place = (k: number) => [...get(position), ...get(1 + k), ...addInts]
  const sum = (k: number) => localOf(`sum ${k}`) // a local starts as 0
  const body = [
    ...arrays.flatMap(({ input }, k) => (input ? [...place(k), ...load, ...set(localOf(input))] : [])),
    ...plan.inside.flatMap((node) => compute(node, localOf)),
    ...arrays.flatMap(({ output }, k) =>
      output ? [...place(k), ...flushed(localOf(output)), ...store] : [],
    ),
    ...sums.flatMap((value, k) => [...get(sum(k)), ...get(localOf(value)), ...adding, ...set(sum(k))]),
    ...[...get(position), ...instruction.smallInt(vectorBytes), ...addInts, ...set(position)],
    ...[...get(position), ...get(0), ...instruction.lessUnsigned],
  ]
  const code = [
    ...scalars.flatMap((value, k) => [...get(firstScalar + k), ...splat, ...set(localOf(value))]),
    ...plan.constants.flatMap((value) => [...floats(numbersOf(value.data!)[0]!), ...set(localOf(value))]),
    ...plan.before.flatMap((node) => compute(node, localOf)),
    ...instruction.repeatWhile(body),
    ...sums.flatMap((_, k) => [
      ...[...get(addresses), ...instruction.smallInt(k * vectorBytes), ...addInts],
      ...[...get(sum(k)), ...store],
    ]),
  ]
  const params = [...Array(1 + addresses).fill(type.i32), ...scalars.map(() => type.f32)]
  return moduleOf({ params, vectors: locals.size, code })
}

function compute({ op, inputs, outputs }: Node, localOf: (value: Value) => number): number[] {
  const operands = inputs.map((value) => get(localOf(value!)))
  const form = forms[op.type]
  const code = form ? form(operands) : [...operands.flat(), ...vector(codes[op.type]!)]
  return [...code, ...set(localOf(outputs[0]!))]
}

/** A local with 0 in place of what is too small for full precision. NaN compares false, so it stays. */
const flushed = (local: number) => [
  ...get(local),
  ...[...get(local), ...absolute, ...floats(smallestNormal), ...lessThan],
  ...andNot,
]
