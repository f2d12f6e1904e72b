import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { atOnce } from '../../src/data/at-once.ts'

describe('atOnce', () => {
  it('does everything once, in order, never more at a time than allowed', async () => {
    const begun: number[] = []
    let [now, most] = [0, 0]
    await atOnce(20, 3, async (i) => {
      begun.push(i)
      most = Math.max(most, ++now)
      await nextTurn()
      now--
    })
    expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect([now, most]).toEqual([0, 3])
    await atOnce(0, 3, () => Promise.reject(new Error('never')))
  })

  it('begins nothing more once a piece of work has failed', async () => {
    const begun: number[] = []
    const work = async (i: number) => {
      begun.push(i)
      await nextTurn()
      if (i === 2) throw new Error('the third')
    }
    await expect(atOnce(100, 2, work)).rejects.toThrow('the third')
    await nextTurn()
    expect(begun.length).toBeLessThan(6)
  })
})
