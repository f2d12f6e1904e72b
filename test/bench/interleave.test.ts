import { describe, expect, it } from 'vitest'
import { interleave, type Runner } from '../../bench/interleave.ts'
import type { Timing } from '../../bench/worker.ts'

/** Does steps that take as long as told, by their number, without waiting; remembers what it was asked for. */
class FakeRunner implements Runner {
  readonly asked: number[] = []
  readonly #msOf: (step: number) => number
  #done = 0

  constructor(msOf: (step: number) => number) {
    this.#msOf = msOf
  }

  async steps(count: number): Promise<Timing> {
    this.asked.push(count)
    const times = Array.from({ length: count }, () => this.#msOf(this.#done++))
    return { ms: times.toSorted((a, b) => a - b)[count >> 1]!, peakMB: 0 }
  }
}

describe('interleave', () => {
  it('fills turns of a tenth of a second by how long steps take later on, not by the slow first ones', async () => {
    const runner = new FakeRunner((step) => (step < 2 ? 20 : 4))
    await interleave([runner], 2)
    expect(runner.asked).toEqual([2, 5, 25, 25])
  })

  it('does not repeat steps that are longer than a turn', async () => {
    const runner = new FakeRunner(() => 700)
    await interleave([runner], 1)
    expect(runner.asked).toEqual([2, 1])
  })

  it('lets each work for as long as told before', async () => {
    const runner = new FakeRunner(() => 10)
    await interleave([runner], 1, undefined, 3000)
    expect(runner.asked).toEqual([2, 300, 10])
  })

  it('returns the times of each, round by round, and says which round is done', async () => {
    const rounds: number[] = []
    const fast = new FakeRunner(() => 50)
    const slow = new FakeRunner(() => 200)
    const timings = await interleave([fast, slow], 2, (round) => rounds.push(round))
    expect(timings.map((turns) => turns.map(({ ms }) => ms))).toEqual([
      [50, 50],
      [200, 200],
    ])
    expect(rounds).toEqual([1, 2])
  })
})
