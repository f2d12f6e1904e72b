import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Graph, input } from '../../src/graph/index.ts'
import { mul } from '../../src/ops/index.ts'
import { flushesTinyNumbers } from '../../src/runtime/fuse/helper-code.ts'
import { Helpers } from '../../src/runtime/fuse/helpers.ts'
import { memoryOf } from '../../src/runtime/fuse/memory.ts'
import { allocateTogether, compileGraph, fuse } from '../../src/runtime/index.ts'

const code = vi.hoisted(() => ({ instead: undefined as string | undefined }))
vi.mock(import('../../src/runtime/fuse/helper-code.ts'), async (original) => {
  const room = await original()
  return Object.defineProperty({ ...room }, 'helperCode', { get: () => code.instead ?? room.helperCode })
})

const all: Helpers[] = []
afterEach(() => {
  code.instead = undefined
  for (const helpers of all.splice(0)) helpers.end()
})

const x = input('x', [4])
const double = fuse(new Graph([x], { x: mul(x, 2) })).forThreads!
const [array] = allocateTogether([300_000], true) as [Float32Array]

/** Helpers whose only job is to double 16 numbers at an address. */
function doubling(address: number): Helpers {
  const jobs = [{ module: 0, bytes: 64, addresses: [address], scalars: [] }]
  const memory = memoryOf([array])!
  const helpers = new Helpers({ memory, modules: [double.module()], jobs, scalars: 0, count: 2 })
  all.push(helpers)
  return helpers
}

const started = (helpers: Helpers) => vi.waitFor(() => expect(helpers.ready).toBe(true), { timeout: 20_000 })

describe('helpers', () => {
  it('do a job once, without the calling thread', async () => {
    array.fill(1)
    const helpers = doubling(array.byteOffset)
    await started(helpers)
    for (let round = 0; round < 5; round++) {
      helpers.start([])
      helpers.finish()
    }
    expect([array[0], array[15], array[16]]).toEqual([32, 32, 1])
  })

  it('say what went wrong while they worked', async () => {
    const helpers = doubling(2 ** 31)
    await started(helpers)
    helpers.start([])
    expect(() => helpers.finish()).toThrow(
      /^the update of parameters failed on another thread\n.*memory access out of bounds\n.*threads: 1/,
    )
  })

  it('say why they did not start', async () => {
    code.instead = 'throw new Error("no room")'
    const helpers = doubling(array.byteOffset)
    await vi.waitFor(() => expect(() => helpers.ready).toThrow('no room'), { timeout: 20_000 })
  })

  it('say that they ended', async () => {
    code.instead = 'process.exit(3)'
    const helpers = doubling(array.byteOffset)
    await vi.waitFor(() => expect(() => helpers.ready).toThrow('it ended with code 3'), { timeout: 20_000 })
  })
  // Last, since it changes the arithmetic of this thread for good.
  it.runIf(process.arch === 'x64')(
    'that take tiny numbers for what this thread does not never help',
    async () => {
      const helpers = doubling(array.byteOffset)
      await started(doubling(array.byteOffset))
      await sleep(300)
      const program = await compileGraph(new Graph([x], { y: mul(x, 2) }), { threads: 1 })
      await program.run()
      expect(flushesTinyNumbers()).toBe(true)
      expect(helpers.ready).toBe(false)
    },
  )
})
