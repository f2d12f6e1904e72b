import { availableParallelism } from 'node:os'
import { GradusError, type Tensor, tensor } from '../core/index.ts'
import { Graph, input } from '../graph/index.ts'
import { writeOnnx } from '../onnx/index.ts'
import { neg } from '../ops/index.ts'
import { openSession } from './session.ts'

let found: Promise<boolean> | undefined

/**
 * Whether ONNX Runtime takes tensors in memory that threads share: Node 20 does not let it, newer ones do. Found once, by
 * trying.
 */
export function takesSharedMemory(): Promise<boolean> {
  found ??= probe()
  return found
}

async function probe(): Promise<boolean> {
  const shared = (value: number): Tensor => {
    const data = new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT))
    return tensor(data.fill(value), [1])
  }
  const [x, y] = [shared(1), shared(0)]
  try {
    const at = input('x', [1])
    const session = await openSession(
      writeOnnx(new Graph([at], { y: neg(at) })),
      { x },
      { y },
      { threads: 1 },
    )
    await session.run()
  } catch (error) {
    if (error instanceof GradusError) return false
    throw error
  }
  return y.data[0] === -1
}

/** Numbers for each thread: with fewer, waking another one costs about what it saves. */
const share = 300_000
/** Cores that keep the memory of common machines busy; more would only wait for it. */
const mostThreads = 8

/**
 * How many threads should update so many numbers that ONNX Runtime reads and writes, too.
 * @param threads how many there may be; default: one for each core.
 */
export async function updateThreads(numbers: number, threads = availableParallelism()): Promise<number> {
  const useful = Math.min(threads, mostThreads, Math.floor(numbers / share))
  return useful > 1 && (await takesSharedMemory()) ? useful : 1
}
