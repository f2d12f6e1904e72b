import { describe, expect, it } from 'vitest'
import { catalog } from '../../src/core/index.ts'
import '../../src/doctor/index.ts'
import {
  accepted,
  type CaseResult,
  clinicCases,
  type Found,
  isHit,
  lineOf,
  missedIn,
  planClinic,
  scoreOf,
  strangersIn,
  summaryOf,
} from '../../src/lab/clinic/index.ts'

const found = (check: string, severity: Found['severity'] = 'warning'): Found => ({
  check,
  severity,
  title: check,
})

const result = (change: Partial<CaseResult> = {}): CaseResult => ({
  name: 'made up',
  seed: 0,
  planted: [],
  found: [],
  withdrawn: [],
  seconds: 1,
  ...change,
})

const trial = (helps: boolean) => ({
  check: 'leak',
  suggestion: 'do it',
  before: 2,
  after: helps ? 1 : null,
  helps,
})

describe('what counts as found', () => {
  it('is the check of the fault, or one that may stand for it, and nothing else', () => {
    expect(isHit('leak', ['leak'])).toBe(true)
    expect(isHit('rate-too-high', ['divergence'])).toBe(true)
    expect(isHit('leak', ['divergence', 'over-fitting'])).toBe(false)
    expect(isHit('divergence', [])).toBe(false)
  })

  it('misses one of two faults', () => {
    expect(missedIn(result({ planted: ['leak', 'imbalance'], found: [found('leak')] }))).toEqual([
      'imbalance',
    ])
  })

  it('knows only checks that there are', () => {
    const names = catalog('check').map(({ name }) => name)
    const known = [
      ...Object.keys(accepted),
      ...Object.values(accepted).flatMap((list) => list.map(({ check }) => check)),
    ]
    expect(known.filter((name) => !names.includes(name))).toEqual([])
    expect(clinicCases.flatMap(({ planted }) => planted).filter((name) => !names.includes(name))).toEqual([])
  })
})

describe('the score', () => {
  const results = [
    result(),
    result({ found: [found('plateau')], withdrawn: [found('leak', 'problem')] }),
    result({ planted: ['leak'], found: [found('leak', 'problem'), found('plateau')], trial: trial(true) }),
    result({ planted: ['leak'], found: [found('plateau')], trial: trial(false) }),
    result({ planted: ['imbalance', 'divergence'], found: [found('imbalance'), found('non-finite')] }),
  ]
  const score = scoreOf(results)

  it('counts faults, not runs', () => {
    expect(score).toMatchObject({ runs: 5, healthy: 2, recall: 3 / 4 })
    expect(score.perFault).toEqual({
      divergence: { hits: 1, of: 1 },
      imbalance: { hits: 1, of: 1 },
      leak: { hits: 1, of: 2 },
    })
  })

  it('counts what is said of healthy runs, that which was withdrawn included', () => {
    expect(score).toMatchObject({ falseAlarms: 1, falseWarnings: 1 })
  })

  it('counts suggestions that were tried', () => {
    expect(score).toMatchObject({ tried: 2, firstSuggestionHelps: 1 / 2 })
  })

  it('says what was found where', () => {
    expect(score.confusion).toEqual({
      healthy: { nothing: 1, plateau: 1 },
      leak: { leak: 1, plateau: 2 },
      'imbalance + divergence': { imbalance: 1, 'non-finite': 1 },
    })
    expect(strangersIn(results)).toEqual([['plateau', 3]])
  })

  it('misses nothing of nothing', () => {
    expect(scoreOf([])).toMatchObject({ runs: 0, recall: 1, firstSuggestionHelps: 1, falseAlarms: 0 })
  })

  it('is told in words', () => {
    expect(summaryOf(score, results)).toContain('recall 75.0% of the planted faults')
    expect(lineOf(results[0]!)).toBe('ok     made up (1.0 s): nothing')
    expect(lineOf(results[1]!)).toMatch(/^ALARM {2}made up .*plateau; withdrawn: leak!$/)
    expect(lineOf(results[3]!)).toMatch(/^MISSED made up .*plateau; do it: 2 -> not finite NO HELP$/)
  })
})

describe('the cases', () => {
  it('are called differently, and are as many healthy as not, more or less', () => {
    expect(new Set(clinicCases.map(({ name }) => name)).size).toBe(clinicCases.length)
    const healthy = clinicCases.filter(({ planted }) => planted.length === 0).length
    expect(clinicCases.length).toBeGreaterThanOrEqual(60)
    expect(healthy / clinicCases.length).toBeGreaterThan(0.35)
    expect(healthy / clinicCases.length).toBeLessThan(0.65)
  })

  it('are left out where their data are not', () => {
    const { orders, left } = planClinic({ dir: '/nowhere', seeds: [0, 1] })
    expect(left).toContain('rate-too-low: Adam')
    expect(orders.length).toBe(2 * (clinicCases.length - left.length))
    expect(orders.length).toBeGreaterThan(120)
  })

  it('can be chosen by parts of their names', () => {
    const { orders } = planClinic({ only: ['leak: test', 'healthy: adam'], seeds: [3] })
    expect(orders.map(({ name }) => name)).toEqual(['healthy: adam', 'leak: test'])
    expect(() => planClinic({ only: ['leek: test'], seeds: [0] })).toThrow(
      /no case has "leek: test" in its name.*"leak: test"/,
    )
  })
})
