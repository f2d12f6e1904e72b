import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { loader, makeSplit, prefetch } from '../../src/data/index.ts'

describe('prefetch', () => {
  it('hands out everything in order', async () => {
    const seen: number[] = []
    for await (const item of prefetch([1, 2, 3])) seen.push(item)
    for await (const item of prefetch([])) seen.push(item)
    expect(seen).toEqual([1, 2, 3])
  })

  it('makes the next item after the step on this one has started, before it has ended', async () => {
    const log: string[] = []
    function* source() {
      for (const i of [0, 1]) {
        log.push(`make ${i}`)
        yield i
      }
    }
    for await (const i of prefetch(source())) {
      log.push(`start ${i}`)
      await nextTurn()
      await nextTurn()
      log.push(`end ${i}`)
    }
    expect(log).toEqual(['make 0', 'start 0', 'make 1', 'end 0', 'start 1', 'end 1'])
  })

  it('leaves a batch as it is while its step runs', async () => {
    const split = makeSplit(
      Uint8Array.from({ length: 9 }, (_, i) => i),
      new Int32Array(9),
      [1],
    )
    const seen: number[] = []
    for await (const batch of prefetch(loader(split, 'all', { batchSize: 2, shuffle: false }).batches(0))) {
      await nextTurn()
      await nextTurn()
      seen.push(...batch.inputs.subarray(0, batch.count))
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('throws an error of the source when its item is asked for', async () => {
    function* source() {
      yield 1
      throw new Error('no more')
    }
    const items = prefetch(source())
    expect(await items.next()).toEqual({ value: 1, done: false })
    await nextTurn()
    await expect(items.next()).rejects.toThrow('no more')
  })

  it('ends the source when the loop stops early', async () => {
    let ended = false
    function* source() {
      try {
        yield 1
        yield 2
      } finally {
        ended = true
      }
    }
    for await (const _ of prefetch(source())) break
    expect(ended).toBe(true)
  })
})
