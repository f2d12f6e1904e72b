import { sizeOf } from '../core/index.ts'
import { type Indices, isInMemory, isReader, resolveIndices, type Split } from './dataset.ts'

/** Some samples, raw. */
export interface Chunk {
  /** [count, ...shape]; holds until the next chunk is asked for. */
  readonly inputs: Uint8Array | Float32Array
  /** Their numbers in the split, [count]. */
  readonly samples: Uint32Array
}

/** Bytes of a chunk of samples that are read from elsewhere. */
const CHUNK = 16 * 2 ** 20

/**
 * Goes through samples once, a few at a time, wherever they are: for what looks at all of them.
 * @throws if a sample cannot be read.
 */
export async function* chunksOf(
  split: Split,
  indices: Indices = 'all',
): AsyncGenerator<Chunk, void, undefined> {
  const { inputs, shape } = split
  if (indices === 'all' && isInMemory(split)) {
    yield { inputs: split.inputs, samples: resolveIndices(split, 'all', 'chunksOf') }
    return
  }
  const numbers = resolveIndices(split, indices, 'chunksOf')
  const size = sizeOf(shape)
  const bytes = isReader(inputs) ? inputs.dtype === 'uint8' : inputs instanceof Uint8Array
  const count = Math.max(1, Math.min(numbers.length, Math.floor(CHUNK / (bytes ? size : 4 * size))))
  const room = new (bytes ? Uint8Array : Float32Array)(count * size)
  for (let start = 0; start < numbers.length; start += count) {
    const samples = numbers.subarray(start, start + count)
    if (isReader(inputs)) await inputs.read(samples, room)
    else
      samples.forEach((sample, i) => {
        room.set(inputs.subarray(sample * size, (sample + 1) * size), i * size)
      })
    yield { inputs: room.subarray(0, samples.length * size), samples }
  }
}
