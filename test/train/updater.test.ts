import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Random, type Tensor, tensor } from '../../src/core/index.ts'
import { crossEntropy, initialize, linear } from '../../src/nn/index.ts'
import { adamw, chain, clipByGlobalNorm, maxNorm, sgd } from '../../src/optim/index.ts'
import { Helpers } from '../../src/runtime/fuse/helpers.ts'
import { takesSharedMemory, updateThreads } from '../../src/runtime/index.ts'
import { loadCheckpoint, saveCheckpoint } from '../../src/train/run/checkpoint.ts'
import { createTrainStep } from '../../src/train/step/step.ts'
import { createUpdater, Updater } from '../../src/train/step/updater.ts'

const finish = vi.spyOn(Helpers.prototype, 'finish')
afterEach(() => {
  finish.mockClear()
})

const parameters = [
  { name: 'a.weight', shape: [300, 333], decay: true },
  { name: 'a.bias', shape: [333], decay: false },
  { name: 'b.weight', shape: [1_000, 101], decay: true },
]

function noise(name: string, shape: readonly number[]): Tensor {
  const random = new Random('updater', name)
  const size = shape.reduce((product, n) => product * n, 1)
  return tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    shape,
  )
}

function fresh() {
  const tensors = new Map(parameters.map(({ name, shape }) => [name, noise(name, shape)]))
  const optimizer = chain(clipByGlobalNorm(1), maxNorm(2), adamw(0.01, { weightDecay: 0.1 }))
  return { parameters, tensors, optimizer }
}

/** The updater's gradients, in memory of one's own. */
function feed({ gradients }: Updater): void {
  for (const [name, { data, shape }] of gradients)
    (data as Float32Array).set(noise(`${name} g`, shape).data as Float32Array)
}

describe('an update on several threads', () => {
  it.each([2, 3])('has the same bits on %i', async (threads) => {
    const [alone, together] = [fresh(), fresh()]
    const updaters = [new Updater(alone), new Updater({ ...together, threads })]
    for (const updater of updaters) feed(updater)
    for (let step = 0; finish.mock.calls.length < 3 && step < 1000; step++) {
      for (const updater of updaters) updater.run(step, {})
      await sleep(5)
    }
    expect(finish).toHaveBeenCalledTimes(3)
    updaters[1]!.end()
    for (const [name, { data }] of alone.tensors)
      expect(sameBits(data, together.tensors.get(name)!.data)).toBe(true)
    for (const [name, { data }] of updaters[0]!.state)
      expect(sameBits(data, updaters[1]!.state.get(name)!.data)).toBe(true)
  })

  it('leaves tensors that a checkpoint can hold', () => {
    const given = fresh()
    const updater = new Updater({ ...given, threads: 2 })
    feed(updater)
    updater.run(0, {})
    updater.end()
    const folder = mkdtempSync(join(tmpdir(), 'gradus-'))
    try {
      const path = join(folder, 'shared.safetensors')
      saveCheckpoint(path, { tensors: new Map([...given.tensors, ...updater.state]), state: {} })
      const { tensors } = loadCheckpoint(path)
      expect(tensors.size).toBe(3 * parameters.length)
      const { data } = given.tensors.get('b.weight')!
      expect(data.buffer).toBeInstanceOf(SharedArrayBuffer)
      expect(sameBits(tensors.get('b.weight')!.data, data)).toBe(true)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is chosen by size, and by what ONNX Runtime takes', async () => {
    const most = (await takesSharedMemory()) ? [2, 8] : [1, 1]
    expect(await Promise.all([updateThreads(10e6, 2), updateThreads(10e6, 64)])).toEqual(most)
    expect(await Promise.all([updateThreads(10e6, 1), updateThreads(599_999, 4)])).toEqual([1, 1])
  })
})

const sameBits = ({ buffer: a, byteOffset: i, byteLength: n }: Tensor['data'], other: Tensor['data']) =>
  Buffer.compare(new Uint8Array(a, i, n), new Uint8Array(other.buffer, other.byteOffset, n)) === 0

describe('a training step with a million numbers', () => {
  const train = async (threads: number) => {
    const model = linear(1_000, 1_000)
    const tensors = initialize(model, 0)
    const step = await createTrainStep({
      model,
      loss: crossEntropy(),
      inputShape: [1_000],
      batchSize: 2,
      optimizer: sgd(0.1, { momentum: 0.9 }),
      horizon: {},
      seed: 0,
      tensors,
      threads,
    })
    step.inputs.data.set(noise('inputs', [2, 1_000]).data as Float32Array)
    step.targets.data[1] = 3
    const losses: number[] = []
    for (let at = 0; at < 20; at++) {
      losses.push((await step.run(at)).loss)
      await sleep(10)
    }
    step.end()
    return { losses, memory: tensors.get('weight')!.data.buffer }
  }

  it('learns the same on two threads, on shared memory where ONNX Runtime takes it', async () => {
    const [one, two] = [await train(1), await train(2)]
    const shared = await takesSharedMemory()
    expect(one.memory).toBeInstanceOf(ArrayBuffer)
    expect(two.memory).toBeInstanceOf(shared ? SharedArrayBuffer : ArrayBuffer)
    if (shared) expect(finish).toHaveBeenCalled()
    expect(one.losses.at(-1)).toBeLessThan(one.losses[0]! / 2)
    two.losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(one.losses[i]!, 4)
    })
  })
})

it('an updater made for training shares memory only where that pays', async () => {
  const { tensors, ...rest } = fresh()
  await createUpdater({ ...rest, tensors, threads: 2 })
  expect(tensors.get('a.weight')!.data.buffer).toBeInstanceOf(ArrayBuffer)
})
