import { availableParallelism, cpus, totalmem } from 'node:os'
import { env } from 'onnxruntime-node'
import { VERSION } from '../core/index.ts'
import { Graph, input } from '../graph/index.ts'
import { OPSET } from '../onnx/index.ts'
import { mul, sub } from '../ops/index.ts'
import { blockSize } from './block-size.ts'
import { fuse } from './fuse/index.ts'

/** Something that holds where Gradus runs, and why. */
export interface Fact<T extends string | number = string> {
  readonly value: T
  /** A sentence without its period. */
  readonly reason: string
}

/** What the arithmetic of ONNX Runtime's convolutions is made of; AVX stands for AVX2, too. */
export type Instructions = 'AVX-512' | 'AVX' | 'NEON' | 'base'

/** What Gradus runs on, what it makes of that, and why. */
export interface Environment {
  readonly device: Fact<'cpu'>
  /** As the operating system calls it. */
  readonly processor: Fact
  readonly instructions: Fact<Instructions>
  /** Channels per block of the layout that lowering gives to images. */
  readonly lowering: Fact<'block 16' | 'block 8' | 'none'>
  /** Threads that a graph runs on, unless told otherwise. */
  readonly threads: Fact<number>
  /** Memory that this process can have at most, in MB (10^6 bytes). */
  readonly memory: Fact<number>
  /** Memory that is left of it now, in MB. */
  readonly freeMemory: Fact<number>
  /** Where the optimizer's update of float32 parameters runs. */
  readonly update: Fact<'WebAssembly SIMD' | 'JavaScript'>
  readonly gradus: Fact
  readonly node: Fact
  readonly onnxruntime: Fact
  /** The version of ONNX's operators that graphs are written in. */
  readonly opset: Fact<number>
}

/** Finds out what Gradus runs on. Takes some milliseconds: block size and update are seen by trying them. */
export async function environment(): Promise<Environment> {
  const block = await blockSize()
  return {
    device: { value: 'cpu', reason: 'Gradus runs on the CPU provider of ONNX Runtime' },
    processor: processorFact(),
    instructions: instructionsFact(block, process.arch),
    lowering: loweringFact(block),
    threads: threadsFact(availableParallelism(), cpus().length),
    ...memoryFacts(),
    update: updateFact(),
    gradus: { value: VERSION, reason: 'this package' },
    node: { value: process.versions.node, reason: `what runs this, for ${process.platform} ${process.arch}` },
    onnxruntime: { value: env.versions.node ?? 'unknown', reason: 'the package onnxruntime-node' },
    opset: { value: OPSET, reason: 'what Gradus writes, in files and for ONNX Runtime' },
  }
}

function processorFact(): Fact {
  const cores = cpus()
  const value = cores[0]?.model.trim() || process.arch
  return { value, reason: `${cores.length} logical cores, as the operating system says` }
}

/** The instructions that ONNX Runtime chose on a processor of the architecture `arch`, by its block size. */
export function instructionsFact(block: number | undefined, arch: string): Fact<Instructions> {
  if (block === undefined)
    return { value: 'base', reason: 'ONNX Runtime has no blocked convolutions here, as without AVX' }
  const reason = `ONNX Runtime's convolutions work on blocks of ${block} channels here, found by trying`
  if (arch === 'arm64') return { value: 'NEON', reason }
  return { value: block === 16 ? 'AVX-512' : 'AVX', reason }
}

/** What lowering does with blocks of so many channels. */
export function loweringFact(block: number | undefined): Environment['lowering'] {
  if (block === undefined)
    return { value: 'none', reason: 'ONNX Runtime has no blocked convolutions on this processor' }
  return {
    value: block === 16 ? 'block 16' : 'block 8',
    reason: 'convolutions are fastest in the layout that ONNX Runtime has for these instructions',
  }
}

/** @param usable cores that this process may use. @param cores all that the machine has. */
export function threadsFact(usable: number, cores: number): Fact<number> {
  const reason =
    usable < cores
      ? `one for each core that this process may use, of ${cores}`
      : 'one for each core of the machine'
  return { value: usable, reason }
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6)

function memoryFacts(): Pick<Environment, 'memory' | 'freeMemory'> {
  const limit = process.constrainedMemory() // 0 or beyond the machine's where there is none
  const limited = limit > 0 && limit < totalmem()
  return {
    memory: {
      value: megabytes(limited ? limit : totalmem()),
      reason: limited ? 'MB that this process is limited to' : 'MB that the machine has',
    },
    freeMemory: { value: megabytes(process.availableMemory()), reason: 'MB that are left of it now' },
  }
}

/** Looks where the update of plain gradient descent comes to run. */
function updateFact(): Environment['update'] {
  const [p, g, rate] = [input('p', [1]), input('g', [1]), input('rate', [])]
  const { vectorized } = fuse(new Graph([p, g, rate], { p: sub(p, mul(rate, g)) }))
  return vectorized
    ? {
        value: 'WebAssembly SIMD',
        reason: 'one pass over memory, 4 float32 at a time; float64 as JavaScript',
      }
    : { value: 'JavaScript', reason: 'one pass over memory; its operators have no vector form' }
}
