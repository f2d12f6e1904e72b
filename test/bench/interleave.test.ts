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

  it('lets them take turns, and returns what each measured, round by round', async () => {
    const log: string[] = []
    const runner = (name: string, ms: number): Runner => ({
      steps: async (count) => {
        log.push(`${name} ${count}`)
        return { ms, peakMB: log.length }
      },
    })
    const rounds: number[] = []
    const timings = await interleave([runner('a', 30), runner('b', 500)], 2, (round) => rounds.push(round))
    expect(log).toEqual(['a 2', 'a 4', 'b 2', 'a 4', 'b 1', 'a 4', 'b 1'])
    expect(timings.map((turns) => turns.map(({ peakMB }) => peakMB))).toEqual([
      [4, 6],
      [5, 7],
    ])
    expect(rounds).toEqual([1, 2])
  })
})
