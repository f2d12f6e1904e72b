import { describe, expect, it } from 'vitest'
import { instructionsFact, loweringFact, threadsFact } from '../../src/runtime/environment.ts'

describe('what is made of a machine', () => {
  it.each([
    [16, 'x64', 'AVX-512', 'block 16'],
    [8, 'x64', 'AVX', 'block 8'],
    [16, 'arm64', 'NEON', 'block 16'],
    [undefined, 'x64', 'base', 'none'],
    [undefined, 'arm64', 'base', 'none'],
  ])('blocks of %s on %s: %s, %s', (block, arch, instructions, lowering) => {
    expect(instructionsFact(block, arch).value).toBe(instructions)
    expect(loweringFact(block).value).toBe(lowering)
  })

  it('has a thread for each core that it may use, and says if there are more', () => {
    expect(threadsFact(4, 4)).toEqual({ value: 4, reason: 'one for each core of the machine' })
    expect(threadsFact(2, 64)).toEqual({ value: 2, reason: expect.stringContaining('of 64') })
  })
})
