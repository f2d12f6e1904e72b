import { describe, expect, it } from 'vitest'
import { catalog, Random } from '../../src/core/index.ts'
import { verify } from '../../src/graph/index.ts'
import {
  adam,
  adamw,
  addDecay,
  byRate,
  chain,
  checkpointName,
  decoupledDecay,
  initialState,
  type Link,
  momentum,
  type Optimizer,
  scalarsAt,
  scaleByAdam,
  scheduled,
  sgd,
  updateGraph,
} from '../../src/optim/index.ts'
import { cosine, linear, warmup } from '../../src/schedules/index.ts'
import { simulate } from './simulate.ts'

/** Every optimizer, with rates at which it solves each of the problems below. */
const table: Record<string, (rate: number) => Optimizer> = {
  sgd: (rate) => sgd(rate),
  'sgd with momentum': (rate) => sgd(rate / 5, { momentum: 0.8 }),
  'sgd with nesterov': (rate) => sgd(rate / 5, { momentum: 0.8, nesterov: true }),
  adam: (rate) => adam(rate),
  adamw: (rate) => adamw(rate, { weightDecay: 0 }),
  chain: (rate) => chain(scaleByAdam(), momentum(0.5), byRate(rate / 2)),
}
const optimizers = Object.entries(table)
const info = { name: 'fc.weight', shape: [2, 3], decay: true }

describe.each(optimizers)('%s', (name, make) => {
  it('finds the lowest point of a parabola', () => {
    const { p } = simulate(make(0.1), [-1, 10, 3], (p) => p.map((x, i) => 2 * (x - [1, -1, 0.5][i]!)), 1000)
    const expected = [1, -1, 0.5]
    p.forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i]!, 2)
    })
  })

  it('goes down the valley of Rosenbrock', () => {
    const gradient = ([x = 0, y = 0]: Float32Array) => [
      -2 * (1 - x) - 400 * x * (y - x * x),
      200 * (y - x * x),
    ]
    const rate = name.startsWith('sgd') ? 1e-3 : 0.02
    const { p } = simulate(scheduled(make(rate), linear({ to: rate / 10 })), [-0.5, 1], gradient, 20_000, {
      horizon: { steps: 20_000 },
    })
    expect(Math.hypot(p[0]! - 1, p[1]! - 1)).toBeLessThan(0.05)
  })

  it('averages noise out when the rate falls', () => {
    const random = new Random(1, 'noise')
    const gradient = (p: Float32Array) => p.map((x) => x - 2 + random.normal())
    const { p } = simulate(scheduled(make(0.1), cosine()), [5, -5], gradient, 3000, {
      horizon: { steps: 3000 },
    })
    p.forEach((x) => {
      expect(Math.abs(x - 2)).toBeLessThan(0.15)
    })
  })

  it('keeps shapes and dtypes, in legal graphs of one shape', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const graph = verify(updateGraph(make(0.1), { ...info, dtype }))
      const state = initialState(make(0.1), { ...info, dtype })
      expect(graph.outputNames).toEqual(['p', ...Object.keys(state)])
      for (const value of graph.outputs) expect(`${value.dtype} ${value.shape}`).toBe(`${dtype} 6`)
      for (const held of Object.values(state)) expect(held).toMatchObject({ dtype, shape: [2, 3] })
    }
  })

  it('follows a schedule without another graph', () => {
    const fixed = make(0.1)
    const moving = scheduled(fixed, warmup(10))
    expect(moving.rate(10)).toBe(fixed.rate(0))
    expect(scalarsAt(moving, 0)['scalar/byRate/rate']).toBeCloseTo(fixed.rate(0) / 11, 12)
    expect(Object.keys(scalarsAt(moving, 3))).toEqual(Object.keys(scalarsAt(fixed, 3)))
    const inputs = (optimizer: Optimizer) => updateGraph(optimizer, info).inputs.map((value) => value.name)
    expect(inputs(moving)).toEqual(inputs(fixed))
  })
})

describe('decay', () => {
  const links = [addDecay, decoupledDecay]

  it.each(links)('leaves biases and norms alone unless asked (%o)', (link) => {
    const still = () => [0, 0]
    const decayed = (decay: boolean, on: 'weights' | 'all') =>
      simulate(chain(link(0.5, { on }), byRate(0.1)), [1, -2], still, 1, { info: { decay } }).p
    expect([...decayed(false, 'weights')]).toEqual([1, -2])
    expect([...decayed(true, 'weights')]).toEqual([...Float32Array.of(0.95, -1.9)])
    expect([...decayed(false, 'all')]).toEqual([...Float32Array.of(0.95, -1.9)])
  })

  it('has no part in the graph of a parameter that does not decay', () => {
    const nodes = (decay: boolean) => updateGraph(adamw(1e-3), { ...info, decay }).nodes.length
    expect(nodes(true) - nodes(false)).toBe(2)
  })

  it('is multiplied by the rate in AdamW, and unseen by its statistics', () => {
    const { p, state } = simulate(adamw(0.1, { weightDecay: 0.5 }), [1, -2], () => [0, 0], 1)
    expect([...p]).toEqual([...Float32Array.of(0.95, -1.9)])
    expect([...state.get('optimizer/scaleByAdam/mean/p')!.data]).toEqual([0, 0])
  })
})

describe('names', () => {
  it('of state stay the same from version to version: they are in checkpoints', () => {
    const names = (optimizer: Optimizer) =>
      Object.keys(initialState(optimizer, info)).map((name) => checkpointName(name, 'fc.weight'))
    expect(names(sgd(0.1))).toEqual([])
    expect(names(sgd(0.1, { momentum: 0.9 }))).toEqual(['optimizer/momentum/velocity/fc.weight'])
    expect(names(adamw())).toEqual([
      'optimizer/scaleByAdam/mean/fc.weight',
      'optimizer/scaleByAdam/meanSquare/fc.weight',
    ])
    expect(names(chain(momentum(0.9), momentum(0.5), byRate(1)))).toEqual([
      'optimizer/momentum/velocity/fc.weight',
      'optimizer/momentum.2/velocity/fc.weight',
    ])
  })

  it('of scalars say which link wants them', () => {
    expect(scalarsAt(adam(0.1), 0)).toEqual({
      'scalar/scaleByAdam/correction': Math.sqrt(1 - 0.999) / (1 - 0.9),
      'scalar/scaleByAdam/eps': 1e-8 * Math.sqrt(1 - 0.999),
      'scalar/byRate/rate': 0.1,
    })
  })
})

describe('bad options fail when the optimizer is made, and name the link', () => {
  const rates = [0, -1e-3, Number.NaN, Number.POSITIVE_INFINITY, '0.1', { lr: 0.1 }]
  it.each(catalog('optimizer'))('rates of $name', ({ name, makeWith }) => {
    for (const rate of rates) {
      const message = new RegExp(`^byRate: expected a rate above 0.*, got .*\\n  it is a link of ${name}$`)
      expect(() => makeWith!([rate]), String(rate)).toThrow(message)
    }
  })

  const cases: [string, () => unknown, string][] = [
    ['rate 0', () => sgd(0), 'byRate: expected a rate above 0, got 0'],
    ['negative rate', () => adam(-1e-3), 'byRate: expected a rate above 0, got -0.001'],
    ['rate NaN', () => adamw(Number.NaN), 'byRate: expected a rate above 0, got NaN'],
    [
      'infinite rate',
      () => byRate(Number.POSITIVE_INFINITY),
      'byRate: expected a rate above 0, got Infinity',
    ],
    ['momentum 1', () => sgd(0.1, { momentum: 1 }), 'momentum: expected a coefficient in [0, 1), got 1'],
    ['negative momentum', () => momentum(-0.1), 'momentum: expected a coefficient in [0, 1), got -0.1'],
    ['dampening 1', () => momentum(0.9, { dampening: 1 }), 'momentum: expected a dampening in [0, 1), got 1'],
    [
      'nesterov with dampening',
      () => momentum(0.9, { nesterov: true, dampening: 0.1 }),
      'momentum: expected',
    ],
    [
      'nesterov alone',
      () => sgd(0.1, { nesterov: true }),
      'sgd: nesterov and dampening need momentum, got 0',
    ],
    ['beta1', () => adam(0.1, { beta1: 1 }), 'scaleByAdam: expected beta1 in [0, 1), got 1'],
    ['beta2', () => adam(0.1, { beta2: Number.NaN }), 'scaleByAdam: expected beta2 in [0, 1), got NaN'],
    ['eps', () => scaleByAdam({ eps: 0 }), 'scaleByAdam: expected eps above 0, got 0'],
    [
      'negative decay',
      () => adamw(0.1, { weightDecay: -1 }),
      'decoupledDecay: expected a decay, 0 or more, got -1',
    ],
    [
      'decay NaN',
      () => sgd(0.1, { weightDecay: Number.NaN }),
      'addDecay: expected a decay, 0 or more, got NaN',
    ],
    [
      'decay of what',
      () => addDecay(0.1, { on: 'some' as 'all' }),
      "addDecay: expected on: 'weights' or 'all', got some",
    ],
    [
      'a misspelled option',
      () => sgd(0.1, { momentun: 0.9 } as object),
      'unknown option of sgd "momentun"; did you mean "momentum"?',
    ],
    [
      'no rate',
      () => chain(momentum(0.9)),
      'chain: expected byRate(...) as the last link, got chain(momentum)',
    ],
    ['rate first', () => chain(byRate(0.1), momentum(0.9)), 'expected byRate(...) as the last link'],
    [
      'two rates',
      () => chain(byRate(0.1), byRate(0.1)),
      'chain: expected one learning rate, got chain(byRate, byRate)',
    ],
    [
      'two schedules',
      () => scheduled(sgd(cosine()), cosine()),
      'the learning rate of sgd follows a schedule already',
    ],
    [
      'a schedule that gives NaN',
      () =>
        scalarsAt(
          sgd(() => Number.NaN),
          7,
        ),
      'byRate: rate is NaN at step 7',
    ],
    [
      'integers',
      () => updateGraph(sgd(0.1), { ...info, dtype: 'int32' }),
      'parameter "fc.weight": expected floating-point',
    ],
  ]
  it.each(cases)('%s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it('forgotten state', () => {
    const forgetful: Link = { name: 'forgetful', state: { m: 0 }, update: (g) => ({ update: g }) }
    expect(() => updateGraph(chain(forgetful, byRate(0.1)), info)).toThrow(
      'link "forgetful" declares state "m", but its update does not return it',
    )
  })
})
