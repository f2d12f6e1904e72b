import { describe, expect, it } from 'vitest'
import { type Augmentation, defineAugmentation } from '../../src/augment/index.ts'
import { type Entry, ensureKnownOptions, GradusError, type Kind, tensor } from '../../src/core/index.ts'
import { constant, type Value } from '../../src/graph/index.ts'
import {
  defineLayer,
  type Initializer,
  init,
  type Layer,
  type Loss,
  mse,
  weight,
} from '../../src/nn/index.ts'
import { apply, defineOperator } from '../../src/ops/define.ts'
import * as ops from '../../src/ops/index.ts'
import { byRate, chain, type Link, type Optimizer, sgd } from '../../src/optim/index.ts'
import type { Schedule } from '../../src/schedules/index.ts'
import {
  augmentationCases,
  type Case,
  checkLayer,
  checkOptimizer,
  hookCases,
  initializerCases,
  layerCases,
  lossCases,
  optimizerCases,
  optionCases,
  scheduleCases,
} from '../../src/testing/index.ts'
import type { Hook } from '../../src/train/index.ts'

const entry = <T>(kind: Kind, make: () => T, example: object = {}): Entry<T> => ({
  kind,
  name: 'bad',
  doc: 'Wrong in one way.',
  examples: [{ name: 'only', make, ...example }],
})

/** Puts a thing to the one property that it should fail. */
async function expectNotSo(cases: readonly Case[], property: string): Promise<void> {
  const { run } = cases.find(({ name }) => name.startsWith(`only: ${property}`))!
  await expect(run()).rejects.toThrow(`bad (only): not so: ${property}`)
}

const crooked = defineOperator<readonly [Value]>({
  type: 'Crooked',
  domain: 'gradus',
  doc: 'Twice x, with a gradient that says three times.',
  attributes: {},
  infer: ([x]) => [x],
  grad: (dy) => [ops.mul(dy, 3)],
  expand: ([x]) => [ops.mul(x, 2)],
})

type Forward = Layer['forward']

describe('the suite of layers notices one', () => {
  const cases: [how: string, property: string, forward: Forward, params?: object][] = [
    ['with a wrong gradient', 'its gradients', (x) => apply(crooked, [x], {})],
    ['that overflows', 'finite at', (x) => ops.log(ops.exp(x))],
    ['whose gradient is not a number at 0', 'finite at', (x) => ops.sqrt(ops.mul(x, x))],
    ['that looks at the neighbors', 'any batch size', (x) => ops.sub(x, ops.mean(x, { axes: 0 }))],
    [
      'of one batch size',
      'any batch size',
      (x) => ops.add(x, constant(new Array(3).fill([1, 2]).flat(), 'float32', [3, 2])),
    ],
    [
      'that evaluates something else',
      'training and evaluation',
      (x, _, { training }) => (training ? x : ops.mul(x, 2)),
    ],
    ['without a batch axis', 'floats for every sample', (x) => ops.sum(x, { axes: 0 })],
    ['that rolls dice of its own', 'the same seed', (x) => ops.mul(x, Math.random())],
    ['that ignores what it draws', 'the same seed', ignoring],
    ['with a parameter that it does not use', 'declared parameters', (x) => x, { gone: weight([2, 2]) }],
  ]
  function ignoring(...[x, , context]: Parameters<Forward>): Value {
    if (context.random) context.mask(x.shape, 0.5)
    return x
  }

  it.each(cases)('%s', async (_, property, forward, params = {}) => {
    const make = defineLayer('bad', () => ({ params: params as Layer['params'], forward: forward as never }))
    await expectNotSo(layerCases(entry('layer', make, { input: [3, 2] })), property)
  })
})

describe('the suite of losses notices one', () => {
  const squares = (y: Value, t: Value) => ops.mul(ops.sub(y, t), ops.sub(y, t))
  const cases: [how: string, property: string, apply: Loss['apply']][] = [
    ['with a wrong gradient', 'its gradient', (y, t) => apply(crooked, [ops.mean(squares(y, t))], {})],
    ['that is a sum', 'a mean', (y, t) => ops.sum(squares(y, t))],
    ['of many numbers', 'one finite number', (y, t) => ops.mean(squares(y, t), { axes: 1 })],
    ['that overflows', 'finite at', (y) => ops.mean(ops.log(ops.add(ops.exp(y), 1)))],
    ['that nothing changes', 'a small step', (y) => ops.mean(ops.mul(y, 0))],
  ]
  it.each(cases)('%s', async (_, property, apply) => {
    const loss = { ...mse(), name: 'bad', apply }
    await expectNotSo(lossCases(entry('loss', () => loss)), property)
  })
})

describe('the suite of optimizers notices one', () => {
  const link = (over: Partial<Link>): Link => ({ name: 'bad', update: (g) => ({ update: g }), ...over })
  const shrink = (value: number, i: number, values: Float32Array | Float64Array) => {
    values[i] = 0.99 * value
  }
  const counting = () => {
    let count = 0
    return chain(
      link({ scalars: { n: () => 1 / ++count }, update: (g, _s, _p, { n }) => ({ update: ops.mul(g, n!) }) }),
      byRate(0.1),
    )
  }
  const cases: [how: string, property: string, make: () => Optimizer][] = [
    [
      'that climbs',
      'finds the lowest point of a parabola',
      () => chain(link({ update: (g) => ({ update: ops.neg(g) }) }), byRate(0.1)),
    ],
    ['that counts by itself', 'goes through a checkpoint', counting],
    [
      'that drifts',
      'without gradients nothing moves',
      () => chain(link({ update: (g) => ({ update: ops.add(g, 0.01) }) }), byRate(0.1)),
    ],
    [
      'that moves at rate 0',
      'accepts a schedule',
      () => chain(link({ constraint: () => (values) => values.forEach(shrink) }), byRate(0.1)),
    ],
    [
      'that skips a parameter',
      'changes every parameter',
      () =>
        chain(link({ update: (g, _s, { decay }) => ({ update: ops.mul(g, decay ? 1 : 0) }) }), byRate(0.1)),
    ],
  ]
  it.each(cases)('%s', async (_, property, make) => {
    await expectNotSo(optimizerCases(entry('optimizer', make)), property)
  })

  it('but has nothing to say of plain SGD', async () => {
    await checkOptimizer(entry('optimizer', () => sgd(0.1)))
  })
})

describe('the suite of schedules notices one', () => {
  const counting = () => {
    let count = 0
    return () => ++count
  }
  const cases: [how: string, property: string, make: () => Schedule][] = [
    ['that goes below 0', 'a finite number', () => (step) => 1 - step / 100],
    ['that is not a number', 'a finite number', () => (step) => 0 / step],
    ['that is always 0', 'a finite number', () => () => 0],
    ['that counts by itself', 'the same number', counting],
    ['that resumes elsewhere', 'a resumed run', counting],
  ]
  it.each(cases)('%s', async (_, property, make) => {
    await expectNotSo(scheduleCases(entry('schedule', make)), property)
  })
})

describe('the suite of initializers notices one', () => {
  const held = tensor(new Float32Array(12), [3, 4])
  const cases: [how: string, property: string, make: () => Initializer, std?: number][] = [
    ['with another scale', 'the declared standard deviation', () => init.normal(0.021), 0.02],
    ['with another mean', 'the declared standard deviation', () => init.constant(1), 1],
    [
      'that rolls dice of its own',
      'the same bits',
      () => (shape) => tensor(Array.from({ length: 12 }, Math.random), shape),
    ],
    [
      'that ignores the seed',
      'the same bits',
      () => (shape, random) => {
        const ignored = Array.from({ length: 12 }, () => random.normal())
        return tensor(
          ignored.map((_, i) => i),
          shape,
        )
      },
    ],
    ['that shares memory', 'memory of its own', () => () => held],
    ['of another shape', 'finite float32', () => () => tensor([1])],
  ]
  it.each(cases)('%s', async (_, property, make, std) => {
    const input = std === 0.02 ? [200, 100] : [3, 4]
    await expectNotSo(initializerCases(entry('initializer', make, { input, std })), property)
  })
})

describe('the suite of hooks notices one', () => {
  type AfterEpoch = Hook['afterEpoch']
  const counting = (): AfterEpoch => {
    let count = 0
    return ({ epoch }, state) => ({
      state,
      ...(++count % 5 === 0 && { rateFactor: 0.5, message: `${epoch}` }),
    })
  }
  const cases: [how: string, property: string, make: () => AfterEpoch][] = [
    ['that counts by itself', 'its state goes through JSON', counting],
    ['whose state is no JSON', 'its state goes through JSON', () => () => ({ state: { best: Infinity } })],
    ['that answers otherwise when asked again', 'a pure function', counting],
    [
      'that changes its state in place',
      'a pure function',
      () => (_, state) => ({ state: Object.assign(state, { seen: 1 }) }),
    ],
    ['that changes the rate in silence', 'it says so', () => (_, state) => ({ state, rateFactor: 0.9 })],
    ['that counts by itself', 'a run that is stopped', counting],
    [
      'that goes by its own clock',
      'in a run with warm-up',
      () => {
        let asked = 0
        return (_, state) => ({ state, rateFactor: 1 / ++asked })
      },
    ],
  ]
  it.each(cases)('%s: %s', async (_, property, make) => {
    // In the first run it has seen what it does not see in the second.
    const seen = make()
    const hook = () => ({
      name: 'bad',
      state: {},
      afterEpoch: property.startsWith('in a run') ? seen : make(),
    })
    await expectNotSo(hookCases(entry('hook', hook)), property)
  })
})

describe('the suite of options notices one', () => {
  const cases: [how: string, property: string, make: (options?: { rate?: number }) => unknown][] = [
    ['that ignores what is misspelled', 'a misspelled option', ({ rate } = {}) => rate],
    [
      'that stumbles over it',
      'a misspelled option',
      (options = {}) => Object.values(options).map((rate) => rate.toFixed()),
    ],
    [
      'that does not say who refuses',
      'a misspelled option',
      (options = {}) => ensureKnownOptions('thing', options, ['rate']),
    ],
  ]
  it.each(cases)('%s', async (_, property, make) => {
    const makeWith = (args: readonly unknown[]) => make(...(args as [{ rate?: number }?]))
    await expectNotSo(optionCases({ ...entry('hook', make, { args: [{ rate: 1 }] }), makeWith }), property)
  })

  it('whose options no example has', async () => {
    const make = ({ rate }: { rate?: number } = {}) => rate
    const makeWith = (args: readonly unknown[]) => make(...(args as [{ rate?: number }?]))
    await expectNotSo(optionCases({ ...entry('hook', make, { args: [] }), makeWith }), 'options that it does')
  })
})

describe('the suite of augmentations notices one', () => {
  type Recoloring = Omit<Extract<Augmentation, { kind: 'recoloring' }>, 'name' | 'kind' | 'numbers'>
  type Mixing = Omit<Extract<Augmentation, { kind: 'mixing' }>, 'name' | 'kind' | 'numbers'>
  const share = (drawn: Value) => ops.mul(drawn, 1)
  const beside = (drawn: Value) => ops.reshape(drawn, [drawn.shape[0]!, 1, 1, 1])
  const recolored = (spec: Recoloring) =>
    defineAugmentation('bad', () => ({ kind: 'recoloring', numbers: 1, ...spec }))
  const mixed = (spec: Partial<Mixing>) =>
    defineAugmentation('bad', () => ({
      kind: 'mixing',
      numbers: 1,
      draw: ({ random }) => [random.uniform()],
      neutral: () => [1],
      apply: (x, partners, drawn) =>
        ops.add(ops.mul(x, beside(drawn)), ops.mul(partners, ops.sub(1, beside(drawn)))),
      share,
      ...spec,
    }))
  const brighter = (x: Value, drawn: Value) => ops.add(x, beside(drawn))
  const cases: [how: string, property: string, make: () => Augmentation][] = [
    [
      'that rolls dice of its own',
      'a function of (seed',
      recolored({ draw: () => [Math.random()], neutral: () => [0], apply: brighter }),
    ],
    [
      'that looks at the whole batch',
      'a function of (seed',
      recolored({
        draw: () => [0],
        neutral: () => [0],
        apply: (x) => ops.mul(x, constant(new Float32Array([1, 2, 3, 4, 5, 6]), 'float32', [6, 1, 1, 1])),
      }),
    ],
    [
      'that is not finite for some pictures',
      'finite pictures',
      recolored({
        draw: () => [1],
        neutral: () => [1],
        apply: (x) =>
          ops.add(
            x,
            ops.log(
              ops.sub(
                ops.max(x, { axes: [2, 3], keepDims: true }),
                ops.min(x, { axes: [2, 3], keepDims: true }),
              ),
            ),
          ),
      }),
    ],
    [
      'that changes something all the same',
      'nothing changes',
      recolored({ draw: () => [1], neutral: () => [0.1], apply: brighter }),
    ],
    ['that cannot be left out', 'nothing changes', recolored({ draw: () => [1], apply: brighter })],
    ['whose shares are none', 'labels of samples', mixed({ share: (drawn) => ops.add(drawn, 1) })],
    [
      'that fails for gray pictures without a reason',
      'pictures of one channel',
      recolored({ draw: () => [1], neutral: () => [0], apply: (x) => ops.split(x, [1, 2], { axis: 1 })[0]! }),
    ],
  ]
  it.each(cases)('%s', async (_, property, make) => {
    await expectNotSo(augmentationCases(entry('augmentation', make)), property)
  })
})

describe('a check', () => {
  it('says all that is wrong, not only the first', async () => {
    const make = defineLayer('bad', () => ({
      params: { gone: weight([2, 2]) },
      forward: (x) => ops.log(ops.exp(x)),
    }))
    const { notes } = await checkLayer(entry('layer', make, { input: [3, 2] })).then(
      () => new GradusError('nothing'),
      (error) => error as GradusError,
    )
    expect(notes.join('\n')).toMatch(
      /^layer bad \(only\): not so: finite at .*\n +training at 90: output\[0\]: .*Infinity$/,
    )
  })

  it('wants to know what goes in', async () => {
    const relu = defineLayer('bad', () => ({ forward: (x) => ops.relu(x) }))
    await expect(checkLayer(entry('layer', relu))).rejects.toThrow('example "only" does not say what goes in')
  })
})
