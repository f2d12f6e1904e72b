import type { TypedArray } from '../../core/index.ts'
import type { Kernel } from './kernel.ts'
import { memoryOf } from './memory.ts'
import type { Plan } from './plan.ts'
import { vectorBytes, vectorModule } from './vector-code.ts'
import { Instance, Memory, Module } from './wasm-module.ts'

/**
 * Elements per tile. Arrays that lie anywhere are worked on tile by tile: copied into WebAssembly memory, and back. With
 * 2048 elements all of it stays in a core's first caches. For sums it is also how many elements are added up in float32
 * before the result goes on in doubles.
 */
const tile = 2048
const tileBytes = tile * Float32Array.BYTES_PER_ELEMENT
/** Elements in a vector. */
const lanes = vectorBytes / Float32Array.BYTES_PER_ELEMENT

type Loop = (bytes: number, ...addressesAndScalars: number[]) => void

/**
 * Compiles a plan that has a vector form into a loop over vectors of 4 float32. Every operation rounds to float32, as
 * the same graph does on ONNX Runtime. As there, numbers too small for full precision (below 2^-126) are stored as 0: the
 * velocity of a unit that gets no more gradient would end among them, and arithmetic on them is many times slower. NaN stays NaN.
 *
 * Arrays that all lie in one WebAssembly memory are worked on in place.
 * @param plain the same loop in JavaScript: does the last elements of sums, and those of numbers too large for float32.
 */
export function compileWasm(plan: Plan, plain: Kernel): Kernel {
  const module = new Module(vectorModule(plan))
  const tiled = tiledKernel(plan, module)
  const loops = new WeakMap<Memory, Loop>()
  const inPlace = (memory: Memory) => {
    const loop = loops.get(memory) ?? loopIn(module, memory)
    loops.set(memory, loop)
    return loop
  }
  if (plan.sums.length > 0) return summingKernel(tiled, plain)
  return (arrays, scalars, length) => {
    const memory = memoryOf(arrays)
    const whole = length - (length % lanes)
    if (!memory || whole === 0) return tiled(arrays, scalars, length)
    inPlace(memory)(whole * 4, ...arrays.map(({ byteOffset }) => byteOffset), ...scalars)
    if (whole === length) return []
    const rest = arrays.map((array) => (array as Float32Array).subarray(whole, length))
    return tiled(rest, scalars, length - whole)
  }
}

const loopIn = (module: object, memory: Memory): Loop =>
  new Instance(module, { host: { memory } }).exports.loop as Loop

/** The loop over arrays that lie anywhere. Sums are right where the length is a multiple of 4. */
function tiledKernel(plan: Plan, module: object): Kernel {
  const { arrays: slots, sums } = plan
  const bytes = slots.length * tileBytes + sums.length * vectorBytes
  const pages = Math.ceil(bytes / 65536)
  const memory = new Memory({ initial: pages, maximum: pages })
  const loop = loopIn(module, memory)
  const tiles = slots.map((_, k) => new Float32Array(memory.buffer, k * tileBytes, tile))
  const addresses = slots.map((_, k) => k * tileBytes)
  if (sums.length > 0) addresses.push(slots.length * tileBytes)
  const parts = new Float32Array(memory.buffer, slots.length * tileBytes, sums.length * lanes)

  return (arrays, scalars, length) => {
    const totals = sums.map(() => 0)
    for (let from = 0; from < length; from += tile) {
      const count = Math.min(tile, length - from)
      const pieces = arrays.map((array: TypedArray) => (array as Float32Array).subarray(from, from + count))
      slots.forEach(({ input }, k) => {
        if (input) tiles[k]!.set(pieces[k]!)
      })
      loop(count * Float32Array.BYTES_PER_ELEMENT, ...addresses, ...scalars)
      slots.forEach(({ output }, k) => {
        if (output) pieces[k]!.set(count === tile ? tiles[k]! : tiles[k]!.subarray(0, count))
      })
      parts.forEach((part, i) => {
        totals[Math.floor(i / lanes)]! += part
      })
    }
    return totals
  }
}

/** Sums of whole vectors by the fast loop, of the rest by the plain one; all by the plain one if float32 overflows. */
const summingKernel =
  (fast: Kernel, plain: Kernel): Kernel =>
  (arrays, scalars, length) => {
    const whole = length - (length % lanes)
    const sums = fast(arrays, scalars, whole)
    if (!sums.every(Number.isFinite)) return plain(arrays, scalars, length)
    const rest = arrays.map((array) => array.subarray(whole, length))
    return plain(rest, scalars, length - whole).map((value, k) => value + sums[k]!)
  }
