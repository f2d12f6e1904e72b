import { type TypedArray, wasm } from '../../core/index.ts'

/** Arrays start at multiples of this many bytes: a cache line. */
const alignment = 64
const pageBytes = 65536
/** Below this many bytes copying costs nothing to speak of, and a memory its 10 GB of address space. */
const smallest = 2 ** 20

/** What every memory keeps free at its start, for loops to leave sums in. */
export const scratchBytes = 1024

const memories = new WeakMap<ArrayBufferLike, wasm.Memory>()

/**
 * Arrays of zeros that lie in one WebAssembly memory, where fused loops work on them in place instead of copying them in
 * and out, tile by tile. Where no such memory can be had (in all more than 4 GiB) or it would not pay (less than 1 MiB),
 * they lie anywhere: loops over them give the same numbers.
 * @param shared whether threads may share the memory; its buffer is a SharedArrayBuffer then. Default: false.
 */
export function allocateTogether(lengths: readonly number[], shared = false): Float32Array[] {
  const offsets: number[] = []
  let end = scratchBytes
  for (const length of lengths) {
    offsets.push(end)
    end += Math.ceil((length * Float32Array.BYTES_PER_ELEMENT) / alignment) * alignment
  }
  const memory = end < smallest ? undefined : reserve(Math.ceil(end / pageBytes), shared)
  if (!memory) return lengths.map((length) => new Float32Array(length))
  memories.set(memory.buffer, memory)
  return lengths.map((length, i) => new Float32Array(memory.buffer, offsets[i]!, length))
}

function reserve(pages: number, shared: boolean): wasm.Memory | undefined {
  if (pages > wasm.mostPages) return undefined
  try {
    return new wasm.Memory({ initial: pages, maximum: pages, shared })
  } catch (error) {
    if (error instanceof RangeError) return undefined // the system does not give so much address space
    throw error
  }
}

/** The one WebAssembly memory that all these arrays lie in, at addresses that vectors can have; if there is one. */
export function memoryOf(arrays: readonly TypedArray[]): wasm.Memory | undefined {
  const buffer = arrays[0]?.buffer
  if (!buffer || arrays.some((array) => array.buffer !== buffer || array.byteOffset % 16 !== 0))
    return undefined
  return memories.get(buffer)
}

/** Whether threads can share it. */
export const isShared = ({ buffer }: wasm.Memory): boolean => buffer instanceof SharedArrayBuffer
