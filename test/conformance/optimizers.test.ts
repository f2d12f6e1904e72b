import { InferenceSession } from 'onnxruntime-node'
import { describe, expect, it, vi } from 'vitest'
import { catalog, type Entry } from '../../src/core/index.ts'
import { type Optimizer, scheduled } from '../../src/optim/index.ts'
import { fuse } from '../../src/runtime/fuse/index.ts'
import { traineeOf } from '../../src/testing/conformance/trainee.ts'
import { optimizerCases } from '../../src/testing/index.ts'
import { suite } from './support.ts'

// Counted, not changed.
vi.mock(import('../../src/runtime/fuse/index.ts'), async (original) => {
  const room = await original()
  return { ...room, fuse: vi.fn(room.fuse) }
})

suite('optimizer', optimizerCases)

describe('nothing is compiled after the first step, whatever the rate', () => {
  for (const { name, examples } of catalog('optimizer') as readonly Entry<Optimizer>[]) {
    it(name, async () => {
      const create = vi.spyOn(InferenceSession, 'create')
      for (const { make } of examples) {
        const isFree = typeof make().links.at(-1)!.rate === 'number'
        const optimizer = isFree ? scheduled(make(), (step) => 0.1 / (step + 1)) : make()
        const { train } = await traineeOf(optimizer)
        await train(0, 1)
        expect([create.mock.calls.length, vi.mocked(fuse).mock.calls.length]).not.toContain(0)
        create.mockClear()
        vi.mocked(fuse).mockClear()
        await train(1, 5)
        expect([create.mock.calls.length, vi.mocked(fuse).mock.calls.length]).toEqual([0, 0])
      }
      create.mockRestore()
    })
  }
})
