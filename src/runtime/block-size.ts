import { GradusError, type Tensor, tensor, zeros } from '../core/index.ts'
import { Graph, input } from '../graph/index.ts'
import { writeOnnx } from '../onnx/index.ts'
import { reorderInput } from './lowering/kernels.ts'
import { openSession } from './session.ts'

let found: Promise<number | undefined> | undefined

/**
 * Channels per block of ONNX Runtime's convolution layout on this machine: 16 with AVX-512, 8 with AVX; undefined where it
 * has none. Found once by looking where a reordered tensor's elements go.
 */
export function blockSize(): Promise<number | undefined> {
  found ??= probe()
  return found
}

async function probe(): Promise<number | undefined> {
  const x = input('x', [1, 16, 1, 2])
  const numbers: Tensor = tensor(
    Float32Array.from({ length: 32 }, (_, i) => i),
    x.shape,
  )
  const y: Tensor = zeros(x.shape)
  try {
    const model = writeOnnx(new Graph([x], { y: reorderInput(x) }))
    await (await openSession(model, { x: numbers }, { y }, { threads: 1 })).run()
  } catch (error) {
    if (error instanceof GradusError) return undefined // no such kernel on this kind of processor
    throw error
  }
  // Element (c, w) is 2c + w; blocked by b it goes to w b + c for c < b, so that number 1 (c = 0, w = 1) lands at b.
  const at = y.data.indexOf(1 as never)
  return at === 8 || at === 16 ? at : undefined
}
