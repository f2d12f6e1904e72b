import { beforeAll, describe, expect, it } from 'vitest'
import {
  type CaseResult,
  type ClinicCase,
  clinicCases,
  Draw,
  loadSource,
  missedIn,
  orderTaker,
  runCase,
  type SourceName,
  scoreOf,
  sourceNames,
} from '../../src/lab/clinic/index.ts'

const caseOf = (name: string): ClinicCase => clinicCases.find((one) => one.name === name)!
const takeOrder = orderTaker()
const run = (name: string, tries = false) => takeOrder({ name, seed: 5, dir: undefined, tries })

describe('runs of the clinic', () => {
  it('finds what was planted, and what is suggested helps', async () => {
    const results: CaseResult[] = []
    for (const name of ['rate-too-high: SGD', 'symmetric-units: zeros', 'two: sorted and softmax'])
      results.push(await run(name, true))
    expect(results.flatMap(missedIn)).toEqual([])
    expect(scoreOf(results)).toMatchObject({ recall: 1, firstSuggestionHelps: 1, tried: 3 })
  })

  it('finds nothing in healthy runs, and tries nothing', async () => {
    const results: CaseResult[] = []
    for (const name of ['healthy: two epochs', 'healthy: large batches', 'healthy: halves, network'])
      results.push(await run(name, true))
    expect(scoreOf(results)).toMatchObject({ falseAlarms: 0, falseWarnings: 0, tried: 0 })
  })

  it('goes on where training fails since the loss is not finite', async () => {
    const { found, trial } = await run('non-finite: deep', true)
    expect(found[0]).toMatchObject({ severity: 'problem' })
    expect(trial?.before).toBeNull()
  })

  it('passes errors on that were not planted', async () => {
    const broken: ClinicCase = { ...caseOf('healthy: adam'), make: (data) => ({ data }) as never }
    await expect(runCase(broken, await loadSource('digits', undefined), { seed: 0 })).rejects.toThrow(
      /recipe: model/,
    )
  })

  it('is the same again for the same seed', async () => {
    const twice = [await run('leak: test'), await run('leak: test')]
    expect({ ...twice[0], seconds: 0 }).toEqual({ ...twice[1], seconds: 0 })
  })
})

describe('draws', () => {
  it('follow from the name and the seed', () => {
    const drawn = (name: string, seed: number) => {
      const draw = new Draw(name, seed)
      return [draw.near(1), draw.about(64), draw.pick('a', 'b', 'c')]
    }
    expect(drawn('a', 1)).toEqual(drawn('a', 1))
    expect(drawn('a', 1)).not.toEqual(drawn('a', 2))
    expect(drawn('a', 1)).not.toEqual(drawn('b', 1))
  })

  it('stay within their factor', () => {
    const draw = new Draw('range', 0)
    for (let i = 0; i < 200; i++) {
      const value = draw.near(10, 2)
      expect(value).toBeGreaterThanOrEqual(5)
      expect(value).toBeLessThanOrEqual(20)
      expect(draw.about(0.1)).toBe(1)
    }
  })
})

describe('sources', () => {
  const shipped: readonly SourceName[] = sourceNames.filter((name) => name !== 'mnist' && name !== 'cifar10')
  let shapes: Record<string, readonly number[]>

  beforeAll(async () => {
    const loaded = await Promise.all(shipped.map((name) => loadSource(name, undefined)))
    shapes = Object.fromEntries(shipped.map((name, i) => [name, loaded[i]!.inputShape]))
  })

  it('are made of the digits that ship', () => {
    expect(shapes).toEqual({ digits: [1, 8, 8], rows: [8, 8], features: [20], halves: [24] })
  })

  it('sums the ink of each digit over rows, columns and quarters alike', async () => {
    const { train } = await loadSource('features', undefined)
    for (let sample = 0; sample < 20; sample++) {
      const row = Array.from((train.inputs as Float32Array).subarray(20 * sample, 20 * sample + 20))
      const sum = (from: number, to: number) => row.slice(from, to).reduce((a, b) => a + b, 0)
      expect(sum(0, 8)).toBe(sum(8, 16))
      expect(sum(0, 8)).toBe(sum(16, 20))
    }
  })
})
