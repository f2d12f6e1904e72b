import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { drawRate, findRate, type RateProgress } from '../../src/doctor/find-rate/index.ts'
import { judge, smooth } from '../../src/doctor/find-rate/judge.ts'
import {
  data,
  defineLayer,
  defineRecipe,
  fit,
  nn,
  ops,
  optim,
  schedules,
  writePicture,
} from '../../src/node.ts'

const folder = mkdtempSync(join(tmpdir(), 'gradus-rate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const recipe = defineRecipe({
  data: data.digits(),
  model: nn.sequential(nn.flatten(), nn.linear(64, 64), nn.relu(), nn.linear(64, 10)),
  optimizer: optim.adam(1e-3),
  epochs: 1,
  batchSize: 32,
})

describe('a sweep', () => {
  const span = { steps: 100, decades: 7 }
  /** A loss that falls around one rate and diverges at another, both given as exponents of 10. */
  const sweep = (falls: number, diverges: number, noise = 0) =>
    Array.from({ length: 100 }, (_, i) => {
      const exponent = -6 + (7 * i) / 99
      const fallen = 2 / (1 + Math.exp(-6 * (exponent - falls)))
      const risen = Math.exp(8 * (exponent - diverges))
      return { rate: 10 ** exponent, loss: 2.3 - fallen + risen + noise * Math.sin(7 * i) }
    })

  it.each([
    [-3, -1],
    [-2, -0.5],
    [-4, -2.5],
  ])('that falls at 10^%d and diverges at 10^%d', (falls, diverges) => {
    for (const noise of [0, 0.05]) {
      const judgment = judge(sweep(falls, diverges, noise), span)
      if (!judgment.isClear) throw new Error(judgment.why)
      expect(Math.abs(Math.log10(judgment.steepest) - falls)).toBeLessThan(0.35)
      expect(Math.abs(Math.log10(judgment.diverges) - diverges)).toBeLessThan(0.35)
      expect(judgment.suggestion).toBeCloseTo(Math.sqrt(judgment.steepest * (judgment.diverges / 10)), 12)
    }
  })

  it('that comes back after a rise diverges where it stays up', () => {
    const bumped = sweep(-3, 0).map(({ rate, loss }) => {
      const exponent = Math.log10(rate)
      return { rate, loss: loss + 4 * Math.exp(-(((exponent + 1.5) / 0.2) ** 2)) }
    })
    const judgment = judge(bumped, span)
    if (!judgment.isClear) throw new Error(judgment.why)
    expect(Math.abs(Math.log10(judgment.steepest) + 3)).toBeLessThan(0.35)
    expect(Math.abs(Math.log10(judgment.diverges))).toBeLessThan(0.35)
  })

  it('tells whether the loss comes back a little after it has diverged', () => {
    const settled = (at: number) =>
      sweep(-4, 3).map(({ rate, loss }) => {
        const exponent = Math.log10(rate)
        const high = exponent > -2 && exponent < -0.5
        return { rate, loss: high ? 6 : exponent >= -0.5 ? at : loss }
      })
    expect(judge(settled(1.9), span)).toMatchObject({ isClear: true, comesBack: true })
    expect(judge(settled(2.4), span)).toMatchObject({ isClear: true, comesBack: false })
  })

  it('says why it tells nothing', () => {
    const why = (points: ReturnType<typeof sweep>) => judge(points, span)
    expect(why(sweep(9, 9, 0.2))).toEqual({ isClear: false, why: 'flat' })
    expect(why(sweep(-3, 9))).toEqual({ isClear: false, why: 'stable' })
    expect(why(sweep(-5.4, -2))).toEqual({ isClear: false, why: 'early' })
    expect(why(sweep(-3, -1).slice(0, 5))).toEqual({ isClear: false, why: 'broken' })
  })

  it('is smoothed by a running mean that starts right', () => {
    const [first, second] = smooth(
      [
        { rate: 1, loss: 4 },
        { rate: 2, loss: 1 },
      ],
      span,
    )
    const beta = 1 - 7 / 24
    expect(first!.loss).toBeCloseTo(4, 12)
    expect(second!.loss).toBeCloseTo((beta * (1 - beta) * 4 + (1 - beta) * 1) / (1 - beta ** 2), 12)
  })
})

describe('findRate', () => {
  // Known by training for 5 epochs with a grid of rates: test losses of Adam are 0.302 at 1e-3, 0.096 at 3e-3, 0.060 at 0.01 and
  // 0.02, 0.070 at 0.03, 0.235 at 0.1; of SGD with momentum 0.348 at 3e-3, 0.132 at 0.01, 0.069 at 0.03, 0.049 at 0.1, 0.159 at 0.2.
  it.each([0, 1, 2])('finds good rates with seed %i', async (seed) => {
    const adam = await findRate({ ...recipe, seed }, { threads: 1 })
    expect(adam).toMatchObject({ outcome: 'found', optimizer: 'adam', given: 1e-3 })
    if (adam.outcome !== 'found') throw new Error(adam.reason)
    expect(adam.suggestion).toBeGreaterThan(3e-3)
    expect(adam.suggestion).toBeLessThan(0.05)
    expect(adam.interval[0]).toBeLessThanOrEqual(adam.suggestion)
    expect(adam.interval[1]).toBeGreaterThanOrEqual(adam.suggestion)
    const sgd = await findRate(
      { ...recipe, seed, optimizer: optim.sgd(1, { momentum: 0.9 }) },
      { threads: 1 },
    )
    if (sgd.outcome !== 'found') throw new Error(sgd.reason)
    expect(sgd.suggestion).toBeGreaterThan(5e-3)
    expect(sgd.suggestion).toBeLessThan(0.2)
  })

  it('changes nothing, whatever the schedule, and answers the same again', async () => {
    const scheduled = { ...recipe, schedule: schedules.cosine(), optimizer: optim.adam(3e-3) }
    const trained = async () => (await fit(scheduled, { maxSteps: 5 })).tensors.get('1.weight')!.data
    const before = await trained()
    const progress: RateProgress[] = []
    const options = { seeds: 1, steps: 60, threads: 1, watch: (now: RateProgress) => progress.push(now) }
    const { seconds: _, ...first } = await findRate(scheduled, options)
    const { seconds: __, ...second } = await findRate(scheduled, options)
    expect(second).toEqual(first)
    expect(await trained()).toEqual(before)
    expect(first.curves[0]!.points.slice(0, 60)).toHaveLength(progress.length / 2)
    expect(progress[0]).toMatchObject({ sweep: 0, rate: 1e-5, done: 1 / 60 })
  })

  it('says that it cannot tell, and why', async () => {
    const deaf = defineLayer('deaf', () => ({ forward: (x) => ops.floor(x.mul(0)) }))
    const flat = await findRate(
      { ...recipe, model: nn.sequential(recipe.model as nn.Layer, deaf()) },
      { threads: 1 },
    )
    expect(flat).toMatchObject({ outcome: 'unclear', reason: /^the loss does not fall clearly/ as never })
    const stable = await findRate(recipe, { to: 3e-3, threads: 1 })
    expect(stable).toMatchObject({ outcome: 'unclear', advice: 'go on to larger rates: --to 0.3' })
  })

  it('draws what it found', async () => {
    const answer = await findRate(recipe, { steps: 60, threads: 1 })
    const svg = await drawRate(answer)
    expect(svg).toMatch(/^<svg/)
    expect(svg).toContain('digits  ·  sequential  ·  adam, batch 32  ·  3 sweeps, smoothed')
    for (const path of await writePicture(join(folder, 'rate'), svg)) expect(existsSync(path)).toBe(true)
  })

  it('refuses options that make no sense', async () => {
    await expect(findRate(recipe, { steps: 5 })).rejects.toThrow(
      'a whole number of steps, at least 30, got 5',
    )
    await expect(findRate(recipe, { seeds: 0 })).rejects.toThrow('a whole number of seeds, at least 1, got 0')
    await expect(findRate(recipe, { from: 1, to: 2 })).rejects.toThrow(
      'expected rates over at least two decades',
    )
    await expect(findRate(recipe, { step: 3 } as never)).rejects.toThrow('did you mean "steps"')
    const signal = AbortSignal.abort()
    await expect(findRate(recipe, { signal })).rejects.toThrow('the search for a rate was stopped')
  })
})
