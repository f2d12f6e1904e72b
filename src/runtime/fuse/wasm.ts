import type { TypedArray } from '../../core/index.ts'
import type { Kernel } from './kernel.ts'
import type { Plan } from './plan.ts'
import { vectorModule } from './vector-code.ts'
import { Instance, Module } from './wasm-module.ts'

/**
 * Elements per tile. The arrays of a tile are copied into WebAssembly memory, worked on there, and copied back: with
 * 2048 elements all of it stays in a core's first caches, where copying costs next to nothing.
 */
const tile = 2048
const tileBytes = tile * Float32Array.BYTES_PER_ELEMENT

/**
 * Compiles a plan that has a vector form into a loop over vectors of 4 float32. Every operation rounds to float32, as
 * the same graph does on ONNX Runtime. As there, numbers too small for full precision (below 2^-126) are stored as 0: the
 * velocity of a unit that gets no more gradient would end among them, and arithmetic on them is many times slower. NaN stays NaN.
 */
export function compileWasm(plan: Plan): Kernel {
  const { exports } = new Instance(new Module(vectorModule(plan, tileBytes)))
  const loop = exports.loop as (bytes: number, ...scalars: number[]) => void
  const { buffer } = exports.memory as { buffer: ArrayBuffer }
  const tiles = plan.arrays.map((_, k) => new Float32Array(buffer, k * tileBytes, tile))

  return (arrays, scalars, length) => {
    for (let from = 0; from < length; from += tile) {
      const count = Math.min(tile, length - from)
      const parts = arrays.map((array: TypedArray) => (array as Float32Array).subarray(from, from + count))
      plan.arrays.forEach(({ input }, k) => {
        if (input) tiles[k]!.set(parts[k]!)
      })
      loop(count * Float32Array.BYTES_PER_ELEMENT, ...scalars)
      plan.arrays.forEach(({ output }, k) => {
        if (output) parts[k]!.set(count === tile ? tiles[k]! : tiles[k]!.subarray(0, count))
      })
    }
  }
}
