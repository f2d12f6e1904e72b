/** Our side of `bench -- data`. */
import { standard } from '../../src/augment/index.ts'
import { Random, sizeOf } from '../../src/core/index.ts'
import { decodePicture, loader, makeSplit } from '../../src/data/index.ts'
import { augmentWith } from '../augment-cases.ts'
import type { DataTask } from '../data.ts'
import { serve, type Work } from './serve.ts'

/** Pictures in memory as bytes, batched and augmented: all that training does before the network. */
async function augmentWork(task: DataTask): Promise<Work> {
  const { side, batch, images } = task
  const random = new Random('pictures')
  const shape = [3, side, side]
  const bytes = Uint8Array.from({ length: images * sizeOf(shape) }, () => random.bits() & 255)
  const source = loader(makeSplit(bytes, new Int32Array(images), shape), 'all', {
    batchSize: batch,
    shuffle: task.kind === 'loader',
    normalizer: { mean: [125, 123, 114], std: [63, 62, 66] },
  })
  const augment = await augmentWith(standard(), task)
  let epoch = 0
  const step = async () => {
    for (const { inputs, samples } of source.batches(epoch)) await augment(inputs, { epoch, samples })
    epoch++
  }
  return { parameters: 0, step }
}

function decodeWork({ files, side }: DataTask): Work {
  const format = { channels: 3, height: side, width: side, fit: 'cover' } as const
  const step = async () => {
    await Promise.all(files.map((file) => decodePicture(file, format)))
  }
  return { parameters: 0, step }
}

await serve((task: DataTask) => {
  if (task.kind === 'decode') return Promise.resolve(decodeWork(task))
  return augmentWork(task)
})
