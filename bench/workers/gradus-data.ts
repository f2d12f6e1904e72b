/** Our side of `bench -- data`. */
import { augmenter, standard } from '../../src/augment/index.ts'
import { Random, sizeOf } from '../../src/core/index.ts'
import { decodePicture, loader, makeSplit } from '../../src/data/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import type { DataTask } from '../data.ts'
import { serve, type Work } from './serve.ts'

/** The augmentation as training runs it: drawn numbers in, a batch of pictures in and out. */
async function augmented({ side, batch, threads }: DataTask) {
  const shape = [3, side, side]
  const augment = augmenter([standard()], { shape, seed: 0 })
  const x = input('x', [batch, ...shape])
  const drawn = augment.inputs(batch)
  const program = await compileGraph(new Graph([x, ...drawn], { y: augment.apply(x, drawn) }), { threads })
  const samples = new Uint32Array(batch)
  return {
    pictures: program.inputs.x!.data as Float32Array,
    async run(epoch: number, numbers: Uint32Array = samples) {
      drawn.forEach(({ name }, pass) => {
        augment.fill(pass, { epoch, samples: numbers }, program.inputs[name!]!.data as Float32Array)
      })
      await program.run()
    },
  }
}

async function augmentWork(task: DataTask): Promise<Work> {
  const { pictures, run } = await augmented(task)
  new Random('pictures').fillNormal(pictures)
  let epoch = 0
  const step = async () => {
    for (let done = 0; done < task.images; done += task.batch) await run(epoch++)
  }
  return { parameters: 0, step }
}

async function loaderWork(task: DataTask): Promise<Work> {
  const { side, batch, images } = task
  const random = new Random('pictures')
  const shape = [3, side, side]
  const bytes = Uint8Array.from({ length: images * sizeOf(shape) }, () => random.bits() & 255)
  const normalizer = { mean: [125, 123, 114], std: [63, 62, 66] }
  const source = loader(makeSplit(bytes, new Int32Array(images), shape), 'all', {
    batchSize: batch,
    normalizer,
  })
  const { pictures, run } = await augmented(task)
  let epoch = 0
  const step = async () => {
    for (const { inputs, samples } of source.batches(epoch)) {
      pictures.set(inputs)
      await run(epoch, samples)
    }
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
  return task.kind === 'augment' ? augmentWork(task) : loaderWork(task)
})
