import { readFileSync } from 'node:fs'
import { assert, double, integer, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as schedules from '../../src/schedules/index.ts'

const { constant, cosine, exponential, linear, multiStep, polynomial, step, warmup } = schedules
const { cosineRestarts, inverseSqrt, inverseTime, oneCycle, triangular } = schedules
type Schedule = schedules.Schedule

const fixture = JSON.parse(readFileSync(new URL('../fixtures/schedules.json', import.meta.url), 'utf8')) as {
  base: number
  rates: Record<string, number[]>
}
const run = { base: fixture.base, steps: 200, stepsPerEpoch: 10 }

const ours: Record<string, Schedule> = {
  constant: constant(),
  step: step({ every: { epochs: 3 }, factor: 0.5 }),
  multiStep: multiStep({ at: [40, { epochs: 11 }, { steps: 150 }], factor: 0.2 }),
  exponential: exponential({ factor: 0.98 }),
  linear: linear({ to: 0.005, epochs: 15 }),
  cosine: cosine({ to: 0.001 }),
  polynomial: polynomial({ power: 3, steps: 160 }),
  inverseTime: inverseTime({ every: { epochs: 4 } }),
  'warmup, inverseSqrt': warmup(40).andThen(inverseSqrt({ every: 40 })),
  cosineRestarts: cosineRestarts({ every: { epochs: 6 }, to: 0.002 }),
  'cosineRestarts, growing': cosineRestarts({ every: 20, growth: 2 }),
  triangular: triangular({ low: 0.01, up: 25 }),
  'triangular, uneven and halved': triangular({ low: 0.01, up: { epochs: 1 }, down: 30, factor: 0.5 }),
  oneCycle: oneCycle({ steps: 201 }),
  'oneCycle, linear': oneCycle({ steps: 201, up: 0.42, shape: 'linear', from: 0.01, to: 1e-4 }),
  warmup: warmup(25),
  'warmup, cosine': warmup({ epochs: 2 }).andThen(cosine()),
  'warmup, step': warmup(20).andThen(step({ every: 50 })),
}

describe('schedules agree with PyTorch', () => {
  it.each(Object.entries(fixture.rates))('%s', (name, rates) => {
    const schedule = ours[name]!
    const worst = rates.map((rate, at) => Math.abs(schedule(at, run) - rate) / fixture.base)
    expect(Math.max(...worst)).toBeLessThan(1e-12)
  })

  it('covers every case of the fixture', () => {
    expect(Object.keys(ours)).toEqual(Object.keys(fixture.rates))
  })
})

describe('a schedule', () => {
  it('needs nothing else when it has its numbers', () => {
    const schedule = cosine({ from: 0.1, to: 0, steps: 1000 })
    expect(schedule(0)).toBe(0.1)
    expect(schedule(37)).toBeCloseTo(0.05 * (1 + Math.cos(Math.PI * 0.037)), 12)
    expect(schedule(1000)).toBe(0)
  })

  it('stays at its last value', () => {
    expect(linear({ from: 1, to: 0.25, steps: 10 })(5000)).toBe(0.25)
    expect(warmup(10, { to: 0.5 })(11)).toBe(0.5)
  })

  it('warms up without a lost first update, and reaches the rate after its length', () => {
    const rates = [0, 1, 2, 3, 4].map((at) => warmup(4)(at, { base: 1 }))
    rates.forEach((rate, at) => {
      expect(rate).toBeCloseTo((at + 1) / 5, 12)
    })
    expect(warmup(0)(0, { base: 1 })).toBe(1)
  })

  it('joins three pieces, whichever pair is joined first', () => {
    const [a, b, c] = [warmup(10), linear({ to: 0.05, steps: 40 }), cosine()]
    for (const at of [0, 9, 10, 11, 49, 50, 51, 120, 199, 300]) {
      expect(a.andThen(b).andThen(c)(at, run)).toBe(a.andThen(b.andThen(c))(at, run))
    }
    expect(a.andThen(b).andThen(c)(50, run)).toBeCloseTo(0.05, 12)
  })

  it('restarts from its first value, wherever it stands in a join', () => {
    const joined = warmup(10)
      .andThen(cosineRestarts({ every: 30, steps: 60 }))
      .andThen(constant(0.001))
    expect(joined(10, run)).toBe(0.1)
    expect(joined(39, run)).toBeLessThan(0.001)
    expect(joined(40, run)).toBe(0.1)
    expect(joined(70, run)).toBe(0.001)
    expect(cosineRestarts({ from: 0.1, to: 0.002, every: 30, steps: 60 })(60)).toBe(0.002)
  })

  it('goes up and down once and ends with its last value', () => {
    const schedule = oneCycle({ high: 1, steps: 100 })
    expect(schedule(0)).toBeCloseTo(1 / 25, 12)
    expect(schedule(29)).toBeCloseTo(1, 12)
    expect(schedule(99)).toBeCloseTo(1 / 250_000, 12)
    expect(schedule(1000)).toBe(schedule(99))
    expect(oneCycle({ high: 1, up: 0, steps: 10 })(0)).toBe(1)
    expect(oneCycle({ high: 1, steps: 1 })(0)).toBe(1)
  })

  it('is not a promise to await', async () => {
    const schedule = await warmup(10)
    expect(schedule(10, run)).toBe(0.1)
  })

  it('may be a plain function, also as the last of a join', () => {
    const tail: Schedule = (at) => 1 / (at + 1)
    const joined = warmup(4, { to: 1 }).andThen(tail)
    expect(joined(4)).toBe(1)
    expect(joined(6)).toBeCloseTo(1 / 3, 12)
    expect(() => joined.andThen(cosine())).toThrow('nothing can follow a plain function')
  })
})

describe('properties', () => {
  const lengths = integer({ min: 1, max: 400 })
  const rates = double({ min: 1e-6, max: 10, noNaN: true })

  it('a join of ramps does not jump: neighbors differ by no more than the steepest ramp', () => {
    assert(
      property(lengths, lengths, rates, rates, (first, second, base, to) => {
        const joined = warmup(first)
          .andThen(linear({ to, steps: second }))
          .andThen(cosine({ steps: 50 }))
        const slope = Math.max(base / first, Math.abs(base - to) / second, (to * Math.PI) / 100)
        const values = Array.from({ length: first + second + 60 }, (_, at) => joined(at, { base }))
        const jumps = values.slice(1).map((value, at) => Math.abs(value - values[at]!))
        expect(Math.max(...jumps)).toBeLessThanOrEqual(slope * (1 + 1e-9) + 1e-12)
      }),
      { numRuns: 50 },
    )
  })

  it('a ramp stays between its ends', () => {
    assert(
      property(rates, rates, lengths, integer({ min: 0, max: 1000 }), (from, to, steps, at) => {
        for (const shape of [linear, cosine, polynomial]) {
          const value = shape({ from, to, steps })(at)
          expect(value).toBeGreaterThanOrEqual(Math.min(from, to) * (1 - 1e-12))
          expect(value).toBeLessThanOrEqual(Math.max(from, to) * (1 + 1e-12))
        }
      }),
    )
  })

  it('the value depends on the step alone, not on what was asked before', () => {
    for (const schedule of Object.values(ours)) {
      const forward = Array.from({ length: 200 }, (_, at) => schedule(at, run))
      const backward = Array.from({ length: 200 }, (_, at) => schedule(199 - at, run)).reverse()
      expect(backward).toEqual(forward)
    }
  })
})

describe('bad options', () => {
  const cases: [string, () => unknown, string][] = [
    ['negative length', () => warmup(-5), 'warmup: expected a whole number of steps, 0 or more, got -5'],
    ['fraction of a step', () => linear({ steps: 1.5 }), 'linear: expected a whole number of steps'],
    [
      'negative epochs',
      () => cosine({ epochs: -1 }),
      'cosine: expected a number of epochs, 0 or more, got -1',
    ],
    [
      'two lengths',
      () => cosine({ steps: 5, epochs: 1 }),
      'in steps or in epochs, got both (5 steps, 1 epochs)',
    ],
    ['rate 0', () => constant(0), 'constant: expected `from` above 0, got 0'],
    ['negative start', () => cosine({ from: -0.1 }), 'cosine: expected `from` above 0, got -0.1'],
    ['negative end', () => linear({ to: -0.1 }), 'linear: expected `to`, 0 or more, got -0.1'],
    ['NaN', () => warmup(5, { to: Number.NaN }), 'warmup: expected `to` above 0, got NaN'],
    ['factor 0', () => step({ every: 10, factor: 0 }), 'step: expected a factor above 0, got 0'],
    [
      'no time between drops',
      () => step({ every: 0 }),
      'step: expected the time between two drops (`every`) above 0',
    ],
    [
      'a cycle that shrinks',
      () => cosineRestarts({ every: 10, growth: 0.5 }),
      'cosineRestarts: expected a growth of 1 or more, got 0.5',
    ],
    [
      'no time to a restart',
      () => cosineRestarts({ every: 0 }),
      'cosineRestarts: expected the time to the first restart (`every`) above 0, got 0',
    ],
    [
      'a peak below the valley',
      () => triangular({ low: 0.1, high: 0.05, up: 10 }),
      'triangular: expected `high` above `low`, got 0.05 and 0.1',
    ],
    ['negative low', () => triangular({ low: -1, up: 5 }), 'triangular: expected `low`, 0 or more, got -1'],
    [
      'all steps up',
      () => oneCycle({ up: 1 }),
      'oneCycle: expected a share of the steps (`up`) in [0, 1), got 1',
    ],
    [
      'unknown shape',
      () => oneCycle({ shape: 'cosin' as 'cosine' }),
      'unknown shape of oneCycle "cosin"; did you mean "cosine"?',
    ],
    ['no time to a half', () => inverseTime({ every: 0 }), 'inverseTime: expected the time to a half'],
    ['power 0', () => polynomial({ power: 0 }), 'polynomial: expected a power above 0, got 0'],
    [
      'negative step',
      () => cosine({ from: 1, steps: 5 })(-1),
      'cosine: expected a step 0, 1, 2, ..., got -1',
    ],
    [
      'a misspelled option',
      () => cosine({ form: 1 } as object),
      'unknown option of cosine "form"; did you mean "from"?',
    ],
    ['something after the end', () => cosine().andThen(constant()), 'cosine: nothing can follow it'],
    ['something after no end', () => step({ every: 5 }).andThen(cosine()), 'because it has no end'],
    ['no base', () => warmup(5)(0), 'warmup: there is no rate to start from'],
    [
      'no run',
      () => cosine({ from: 1 })(0),
      'cosine: it takes the rest of the run, and the length of the run is not known',
    ],
    [
      'no epochs',
      () => warmup({ epochs: 1 })(0, { base: 1 }),
      'the number of steps in an epoch is not known here',
    ],
    [
      'what only the last piece lacks',
      () => warmup(500, { to: 1 }).andThen(cosine())(0),
      'the length of the run is not known',
    ],
  ]
  it.each(cases)('%s', (_, make, message) => {
    expect(make).toThrow(message)
  })
})
