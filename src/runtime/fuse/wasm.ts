import { type TypedArray, wasm } from '../../core/index.ts'
import type { Kernel } from './kernel.ts'
import { isShared, memoryOf, scratchBytes } from './memory.ts'
import type { Plan } from './plan.ts'
import { roundBytesOf, vectorModule } from './vector-code.ts'

/** Elements in a round of the loop, which is also how many parts a sum comes in. */
const roundOf = (plan: Plan) => roundBytesOf(plan) / Float32Array.BYTES_PER_ELEMENT
/**
 * Rounds in a tile. Arrays that lie anywhere are worked on tile by tile: copied into WebAssembly memory, and back, all of which
 * stays in a core's own caches. For sums it is also how many elements each part adds up in float32 before the result goes on
 * in doubles.
 */
const rounds = 256

/** A loop in a memory, and the vectors that its sums come in. */
interface Loop {
  run(bytes: number, ...addressesAndScalars: number[]): void
  readonly parts: Float32Array
  readonly round: number
}

/** A plan that has a vector form as a WebAssembly module, for one kind of memory; compiled when it is first asked for. */
export type ModuleFor = (shared: boolean) => object

export function modulesOf(plan: Plan): ModuleFor {
  const modules = new Map<boolean, object>()
  return (shared) => {
    const module = modules.get(shared) ?? new wasm.Module(vectorModule(plan, shared))
    modules.set(shared, module)
    return module
  }
}

/**
 * Compiles a plan that has a vector form into a loop over vectors of 4 float32. Every operation rounds to float32, as
 * the same graph does on ONNX Runtime. As there, what is stored is never too small for full precision (below 2^-126): the
 * velocity of a unit that gets no more gradient would end among such numbers, and arithmetic on them is many times
 * slower. NaN stays NaN.
 *
 * Arrays that all lie in one WebAssembly memory are worked on in place.
 * @param moduleFor the plan's modules.
 * @param plain the same loop in JavaScript: does the last elements of sums, and those of numbers too large for float32.
 */
export function compileWasm(plan: Plan, moduleFor: ModuleFor, plain: Kernel): Kernel {
  const tiled = tiledKernel(plan, moduleFor(false))
  const loops = new WeakMap<wasm.Memory, Loop>()
  const loopOf = (memory: wasm.Memory) => {
    const loop = loops.get(memory) ?? loopIn(moduleFor(isShared(memory)), memory, plan, 0)
    loops.set(memory, loop)
    return loop
  }
  const fits = plan.sums.length * roundBytesOf(plan) <= scratchBytes
  const whole: Kernel = (arrays, scalars, length) => {
    const memory = fits ? memoryOf(arrays) : undefined
    if (!memory || length === 0) return tiled(arrays, scalars, length)
    return inPlace(loopOf(memory), arrays, scalars, length)
  }
  const round = roundOf(plan)
  if (plan.sums.length > 0) return summingKernel(whole, plain, round)
  return (arrays, scalars, length) => {
    const most = length - (length % round)
    whole(arrays, scalars, most)
    if (most === length) return []
    const rest = arrays.map((array) => array.subarray(most, length))
    return tiled(rest, scalars, length - most)
  }
}

/** @param scratch where in the memory the loop may leave its sums. */
function loopIn(module: object, memory: wasm.Memory, plan: Plan, scratch: number): Loop {
  const run = new wasm.Instance(module, { host: { memory } }).exports.loop as Loop['run']
  const round = roundOf(plan)
  return { run, parts: new Float32Array(memory.buffer, scratch, plan.sums.length * round), round }
}

/** Works on arrays in the loop's own memory; sums go on in doubles every so often. */
function inPlace(
  { run, parts, round }: Loop,
  arrays: readonly TypedArray[],
  scalars: readonly number[],
  length: number,
): number[] {
  const totals = newTotals(parts, round)
  const step = parts.length > 0 ? rounds * round : length
  const scratch = parts.length > 0 ? [parts.byteOffset] : []
  for (let from = 0; from < length; from += step) {
    const start = from * Float32Array.BYTES_PER_ELEMENT
    const bytes = Math.min(step, length - from) * Float32Array.BYTES_PER_ELEMENT
    run(bytes, ...arrays.map(({ byteOffset }) => byteOffset + start), ...scratch, ...scalars)
    addParts(totals, parts, round)
  }
  return totals
}

/** The loop over arrays that lie anywhere. Sums are right where the length is a number of whole rounds. */
function tiledKernel(plan: Plan, module: object): Kernel {
  const { arrays: slots, sums } = plan
  const tileBytes = rounds * roundBytesOf(plan)
  const scratch = slots.length * tileBytes
  const pages = Math.ceil((scratch + sums.length * roundBytesOf(plan)) / 65536)
  const memory = new wasm.Memory({ initial: pages, maximum: pages })
  const { run, parts, round } = loopIn(module, memory, plan, scratch)
  const tile = rounds * round
  const tiles = slots.map((_, k) => new Float32Array(memory.buffer, k * tileBytes, tile))
  const addresses = slots.map((_, k) => k * tileBytes)
  if (sums.length > 0) addresses.push(scratch)

  return (arrays, scalars, length) => {
    const totals = newTotals(parts, round)
    for (let from = 0; from < length; from += tile) {
      const count = Math.min(tile, length - from)
      const pieces = arrays.map((array: TypedArray) => (array as Float32Array).subarray(from, from + count))
      slots.forEach(({ input }, k) => {
        if (input) tiles[k]!.set(pieces[k]!)
      })
      run(count * Float32Array.BYTES_PER_ELEMENT, ...addresses, ...scalars)
      slots.forEach(({ output }, k) => {
        if (output) pieces[k]!.set(count === tile ? tiles[k]! : tiles[k]!.subarray(0, count))
      })
      addParts(totals, parts, round)
    }
    return totals
  }
}

const newTotals = (parts: Float32Array, round: number) => new Array<number>(parts.length / round).fill(0)

function addParts(totals: number[], parts: Float32Array, round: number): void {
  for (let i = 0; i < parts.length; i++) totals[Math.floor(i / round)]! += parts[i]!
}

/** Sums of whole rounds by the fast loop, of the rest by the plain one; all by the plain one if float32 overflows. */
const summingKernel =
  (fast: Kernel, plain: Kernel, round: number): Kernel =>
  (arrays, scalars, length) => {
    const whole = length - (length % round)
    const sums = fast(arrays, scalars, whole)
    if (!sums.every(Number.isFinite)) return plain(arrays, scalars, length)
    const rest = arrays.map((array) => array.subarray(whole, length))
    return plain(rest, scalars, length - whole).map((value, k) => value + sums[k]!)
  }
