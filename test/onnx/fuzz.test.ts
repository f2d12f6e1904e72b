import { describe, expect, it } from 'vitest'
import { GradusError, Random } from '../../src/core/index.ts'
import { readOnnx, writeOnnx } from '../../src/onnx/index.ts'
import { graphs } from './graphs.ts'

/** What reading gives: a graph, or an error of the kind that people can read. Any other error fails the test. */
function outcome(bytes: Uint8Array): 'graph' | 'refused' {
  try {
    readOnnx(bytes)
    return 'graph'
  } catch (error) {
    if (!(error instanceof GradusError)) throw error
    expect(error.message).not.toBe('')
    return 'refused'
  }
}

const files = Object.entries(graphs).map(
  ([name, build]) => [name, writeOnnx(build(), { metadata: { a: 'b' } })] as const,
)

describe('damaged files', () => {
  it.each(files)('are refused wherever they are cut off: %s', (_, bytes) => {
    for (let length = 0; length < bytes.length; length++) {
      expect([length, outcome(bytes.subarray(0, length))]).toEqual([length, 'refused'])
    }
  })

  it.each(files)('with changed bytes are read or refused: %s', (name, bytes) => {
    const random = new Random('mutations', name)
    const count = { graph: 0, refused: 0 }
    for (let i = 0; i < 400; i++) {
      const damaged = bytes.slice()
      for (let changes = 1 + random.integer(3); changes > 0; changes--) {
        damaged[random.integer(damaged.length)] = random.integer(256)
      }
      count[outcome(damaged)]++
    }
    expect(count.refused).toBeGreaterThan(0)
  })

  it.each(files)('with moved pieces are read or refused: %s', (name, bytes) => {
    const random = new Random('moves', name)
    for (let i = 0; i < 200; i++) {
      const at = random.integer(bytes.length)
      const damaged = bytes.slice().copyWithin(at, random.integer(bytes.length), bytes.length)
      expect(['graph', 'refused']).toContain(outcome(damaged))
    }
  })

  it('of random bytes are refused', () => {
    const random = new Random('noise')
    for (let length = 0; length < 300; length++) {
      expect(outcome(Uint8Array.from({ length }, () => random.integer(256)))).toBe('refused')
    }
  })
})
