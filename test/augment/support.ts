import { type Augmentations, type AugmenterOptions, augmenter } from '../../src/augment/index.ts'
import { numbersOf, Random, type Tensor, tensor } from '../../src/core/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'

interface Seen extends Partial<Omit<AugmenterOptions, 'shape'>> {
  readonly epoch?: number
  /** The numbers of the samples; from 0 on by default. */
  readonly samples?: readonly number[]
}

/** What happens to pictures [N, C, H, W] in one use of each. */
export async function augmented(
  list: Augmentations,
  pictures: Tensor,
  { epoch = 0, seed = 0, samples, ...options }: Seen = {},
): Promise<number[]> {
  const [count, ...shape] = pictures.shape as [number, ...number[]]
  const made = augmenter(list, { shape, seed, ...options })
  const x = input('x', pictures.shape)
  const inputs = made.inputs(count)
  const program = await compileGraph(new Graph([x, ...inputs], { y: made.apply(x, inputs) }), { threads: 1 })
  const numbers = Uint32Array.from(samples ?? Array.from({ length: count }, (_, i) => i))
  const occasion = { epoch, samples: numbers }
  made.copy(pictures.data as Float32Array, program.inputs.x!.data as Float32Array, occasion)
  inputs.forEach(({ name }, pass) => {
    made.fill(pass, occasion, program.inputs[name!]!.data as Float32Array)
  })
  await program.run()
  return numbersOf(program.outputs.y!)
}

/** Pictures of normal numbers. */
export function noise(shape: readonly number[], key = 'pictures'): Tensor {
  const random = new Random(key)
  const size = shape.reduce((a, b) => a * b, 1)
  return tensor(
    Array.from({ length: size }, () => random.normal()),
    shape,
  )
}

/** One picture [C, H, W] as a function of (channel, row, column), with what is beyond its edges. */
export type Look = (c: number, y: number, x: number) => number

/** The pictures of a batch, each seen through `change`, row by row. */
export function seenThrough(pictures: Tensor, change: (look: Look, sample: number) => Look): number[] {
  const [n, c, h, w] = pictures.shape as [number, number, number, number]
  const all: number[] = []
  for (let i = 0; i < n; i++) {
    const look = change((j, y, x) => Number(pictures.data[((i * c + j) * h + y) * w + x]), i)
    for (let j = 0; j < c; j++)
      for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) all.push(look(j, y, x))
  }
  return all
}
