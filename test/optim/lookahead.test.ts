import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { byRate, chain, lookahead, momentum, scheduled, sgd } from '../../src/optim/index.ts'
import type { Schedule } from '../../src/schedules/index.ts'
import { simulate } from './simulate.ts'

const fixture = JSON.parse(readFileSync(new URL('../fixtures/lookahead.json', import.meta.url), 'utf8')) as {
  start: number[]
  target: number[]
  curvature: number[]
  cases: Record<string, number[][]>
}
const steps = 23
const rest: Schedule = (step) => 1 - 0.77 * ((step + 1) / steps) ** 3

const links: Record<string, ReturnType<typeof lookahead>> = {
  'half the way every 5': lookahead(),
  'a fifth of the way every 2': lookahead(0.2, { every: 2 }),
  'less and less': lookahead(rest),
}

const base = () => sgd(0.1, { momentum: 0.8, nesterov: true })
const target = Float32Array.from(fixture.target)
const gradient = (p: Float32Array) =>
  p.map((x, i) => Math.fround(fixture.curvature[i]!) * Math.fround(x - target[i]!))

/** All weights of a run of {@link steps} steps. */
function weightsUnder(link: ReturnType<typeof lookahead>, horizon = { steps }): number[][] {
  const history: number[][] = []
  simulate(chain(base(), link), fixture.start, gradient, steps, {
    horizon,
    see: (p) => history.push([...p]),
  })
  return history
}

describe('lookahead', () => {
  it.each(Object.entries(fixture.cases))('agrees with PyTorch: %s', (name, expected) => {
    weightsUnder(links[name]!).forEach((weights, step) => {
      weights.forEach((x, i) => {
        const peer = expected[step]![i]!
        // Relative to the size of the numbers that were added up: near 0 digits cancel.
        expect(Math.abs(x - peer) / Math.max(Math.abs(peer), 0.1)).toBeLessThan(1e-5)
      })
    })
  })

  it('covers every case of the fixture', () => {
    expect(Object.keys(links)).toEqual(Object.keys(fixture.cases))
  })

  it('changes nothing between the meetings', () => {
    const plain: number[][] = []
    simulate(base(), fixture.start, gradient, 4, { see: (p) => plain.push([...p]) })
    expect(weightsUnder(lookahead()).slice(0, 4)).toEqual(plain)
  })

  it('does not go back at the end of a run whose length is not known', () => {
    const [known, unknown] = [{ steps }, {}].map((horizon) => weightsUnder(lookahead(), horizon as never))
    expect(unknown!.slice(0, -1)).toEqual(known!.slice(0, -1))
    expect(unknown!.at(-1)).not.toEqual(known!.at(-1))
  })

  it('comes after the rate, which can still follow a schedule', () => {
    expect(() => chain(lookahead(), byRate(0.1))).toThrow(
      'chain: expected lookahead after byRate(...), since it acts on whole steps, got chain(lookahead, byRate)',
    )
    expect(() => chain(momentum(), lookahead())).toThrow('expected byRate(...) as the last link')
    const half = scheduled(chain(base(), lookahead()), (_, { base = 0 } = {}) => base / 2)
    expect(half.rate(0)).toBe(0.05)
    expect(half.links.map(({ name }) => name)).toEqual(['momentum', 'byRate', 'lookahead'])
    expect(half.name).toBe('sgd')
  })

  it('refuses options out of range', () => {
    expect(() => lookahead(0)).toThrow('lookahead: expected a share above 0 and at most 1, got 0')
    expect(() => lookahead(1.5)).toThrow('got 1.5')
    expect(() => lookahead(0.5, { every: 0 })).toThrow('a whole number above 0, got 0')
    expect(() => lookahead(0.5, { evry: 5 } as never)).toThrow('did you mean "every"')
  })
})
