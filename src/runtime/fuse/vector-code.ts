import { numbersOf, wasm } from '../../core/index.ts'
import type { Node, Value } from '../../graph/index.ts'
import type { Plan } from './plan.ts'

const { instruction, moduleOf, type } = wasm
const { get, set, vector, load, store, floats, splat, addInts } = instruction

/** Bytes in a vector of 4 float32. */
export const vectorBytes = 16
/** What is added to results and taken off again: its last binary digit is 2^-126, below which precision is lost. */
const rounder = 2 ** -103

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
const [both, subtracting] = [vector(codes.And!), vector(codes.Sub!)]
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
 * Vectors in a round of the loop: with two, half as many jumps and checks, and more to do while a division lasts. A sum waits for
 * the one before it, so that eight of them are made side by side.
 */
const unrollOf = ({ sums }: Plan) => (sums.length > 0 ? 8 : 2)
/** The length of arrays in bytes must be a multiple of this. */
export const roundBytesOf = (plan: Plan) => unrollOf(plan) * vectorBytes

/**
 * A plan as a WebAssembly module whose `loop(bytes, ...addresses, ...scalars)` goes over the first `bytes` of each array, at
 * least one round. There is an address for each array, and if the plan has sums one more, where the loop leaves
 * the vectors of a round for each of them, to be added up.
 * @param shared whether the memory is one that threads share.
 */
export function vectorModule(plan: Plan, shared: boolean): Uint8Array {
  const { arrays, scalars, sums } = plan
  const unroll = unrollOf(plan)
  const addresses = arrays.length + (sums.length > 0 ? 1 : 0)
  const firstScalar = 1 + addresses
  const position = firstScalar + scalars.length // the local behind the parameters: where in the arrays the loop is
  const locals = new Locals(position + 1)
  const common = (value: Value | string) => locals.of(value)
  const place = (k: number) => [...get(position), ...get(1 + k), ...addInts]
  const sum = (k: number, copy: number) => locals.of(`sum ${k}`, copy) // a local starts as 0
  const known = new Set([...scalars, ...plan.constants, ...plan.before.flatMap(({ outputs }) => outputs)])
  const round = (copy: number) => {
    const localOf = (value: Value) => (known.has(value) ? common(value) : locals.of(value, copy))
    const offset = copy * vectorBytes
    return [
      ...arrays.flatMap(({ input }, k) =>
        input ? [...place(k), ...load(offset), ...set(localOf(input))] : [],
      ),
      ...plan.inside.flatMap((node) => compute(node, localOf)),
      ...arrays.flatMap(({ output }, k) =>
        output ? [...place(k), ...flushed(localOf(output), common('rounder')), ...store(offset)] : [],
      ),
      ...sums.flatMap((value, k) => [
        ...[...get(sum(k, copy)), ...get(localOf(value)), ...adding, ...set(sum(k, copy))],
      ]),
    ]
  }
  const copies = Array.from({ length: unroll }, (_, copy) => copy)
  const body = [
    ...copies.flatMap(round),
    ...[...get(position), ...instruction.int(roundBytesOf(plan)), ...addInts, ...set(position)],
    ...[...get(position), ...get(0), ...instruction.lessUnsigned],
  ]
  const code = [
    ...[...floats(rounder), ...set(common('rounder'))],
    ...scalars.flatMap((value, k) => [...get(firstScalar + k), ...splat, ...set(common(value))]),
    ...plan.constants.flatMap((value) => [...floats(numbersOf(value.data!)[0]!), ...set(common(value))]),
    ...plan.before.flatMap((node) => compute(node, common)),
    ...instruction.repeatWhile(body),
    ...sums.flatMap((_, k) =>
      copies.flatMap((copy) => [
        ...[...get(addresses), ...get(sum(k, copy)), ...store((k * unroll + copy) * vectorBytes)],
      ]),
    ),
  ]
  const params = [...Array(1 + addresses).fill(type.i32), ...scalars.map(() => type.f32)]
  return moduleOf({ shared, params, vectors: locals.count, code })
}

/** Numbers of WebAssembly locals, given out as they are asked for. */
class Locals {
  readonly #first: number
  readonly #byCopy = new Map<number | 'all', Map<Value | string, number>>()
  count = 0

  constructor(first: number) {
    this.#first = first
  }

  /** The local of a value; with `copy`, that of one copy of the loop's body. */
  of(value: Value | string, copy: number | 'all' = 'all'): number {
    const group = this.#byCopy.get(copy) ?? new Map<Value | string, number>()
    this.#byCopy.set(copy, group)
    const known = group.get(value) ?? this.#first + this.count++
    group.set(value, known)
    return known
  }
}

function compute({ op, inputs, outputs }: Node, localOf: (value: Value) => number): number[] {
  const operands = inputs.map((value) => get(localOf(value!)))
  const form = forms[op.type]
  const code = form ? form(operands) : [...operands.flat(), ...vector(codes[op.type]!)]
  return [...code, ...set(localOf(outputs[0]!))]
}

/**
 * A local without what is below 2^-126: rounded to a multiple of that. Larger numbers stay as they are, from 2^-79 on to the
 * last bit and below that within half a unit of their last digit; so do infinities and NaN.
 */
const flushed = (local: number, rounder: number) => [
  ...get(local),
  ...[...get(rounder), ...adding, ...get(rounder), ...subtracting],
]
