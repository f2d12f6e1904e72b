import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { numbersOf, tensor } from '../../src/core/index.ts'
import { constant, Graph, input, printGraph, type Value, withScope } from '../../src/graph/index.ts'
import {
  add,
  apply,
  argmax,
  cast,
  defineOperator,
  exp,
  expand,
  floor,
  maxPool,
  mul,
  relu,
  split,
  sum,
} from '../../src/ops/index.ts'
import { compile } from '../../src/runtime/index.ts'
import { checkGradients, gradientCheckDefaults } from '../../src/testing/index.ts'

const shapeKeeping = { attributes: {}, infer: ([x]: [Value]) => [{ dtype: x.dtype, shape: x.shape }] }
const withoutRule = defineOperator<[x: Value]>({
  ...shapeKeeping,
  type: 'WithoutRule',
  domain: 'gradus',
  doc: 'Has a gradient that nobody wrote down.',
  grad: 'none',
})
const withWrongRule = defineOperator<[x: Value]>({
  ...shapeKeeping,
  type: 'WithWrongRule',
  domain: 'gradus',
  doc: 'x^2 with a gradient that is a little off.',
  expand: ([x]) => [mul(x, x)],
  grad: (dy, { inputs: [x] }) => [mul(dy, mul(x, 2.001))],
})
const square = defineOperator<[x: Value]>({
  ...shapeKeeping,
  type: 'Square',
  domain: 'gradus',
  doc: 'x^2, differentiated through its definition.',
  expand: ([x]) => [mul(x, x)],
  grad: 'expand',
})

const x = input('x', [2, 3])

describe('gradients that cannot be had', () => {
  it('names the operator and its layer path before anything runs', () => {
    const y = withScope('features', () => withScope('3', () => apply(withoutRule, [exp(x)], {})))
    expect(() => gradients(sum(y), [x])).toThrow('no gradient for WithoutRule in features.3')
  })

  it('does not mind the operator where no gradient passes', () => {
    const other = input('other', [2, 3])
    const y = add(apply(withoutRule, [x], {}), other)
    expect(gradients(sum(y), [other])[0]!.shape).toEqual([2, 3])
  })

  it.each([
    { what: 'a value that is not a scalar', build: () => gradients(x, [x]), message: 'it is not a scalar' },
    {
      what: 'integers',
      build: () => gradients(sum(x), [input('i', [2], 'int64')]),
      message: 'i int64 [2] has no gradient',
    },
    {
      what: 'a loss of integers',
      build: () => gradients(argmax(x), [x]),
      message: 'cannot differentiate int64 [2]',
    },
    {
      what: 'a seed of another shape',
      build: () => gradients(x, [x], constant([1, 2])),
      message: 'the seed is float32 [2]',
    },
  ])('refuses $what', ({ build, message }) => {
    expect(build).toThrow(message)
  })
})

describe('gradients', () => {
  const values = tensor([1, -2, 3, -4, 5, -6], [2, 3])
  const gradientOf = async (build: (x: Value) => Value) =>
    numbersOf(await compile((v: Value) => gradients(build(v), [v])[0]!)(values))

  it('are zero for what is not used, and for piecewise constant functions', async () => {
    expect(await gradientOf(() => constant(2))).toEqual([0, 0, 0, 0, 0, 0])
    expect(await gradientOf((v) => sum(floor(v)))).toEqual([0, 0, 0, 0, 0, 0])
    expect(await gradientOf((v) => sum(cast(cast(v, 'int64'), 'float32')))).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('add up where a value is used twice', async () => {
    expect(await gradientOf((v) => sum(mul(v, v)))).toEqual([2, -4, 6, -8, 10, -12])
    expect(await gradientOf((v) => sum(apply(square, [v], {})))).toEqual([2, -4, 6, -8, 10, -12])
  })

  it('of some outputs of several are zero at the others', async () => {
    expect(await gradientOf((v) => sum(split(v, 3, { axis: 1 })[1]!))).toEqual([0, 1, 0, 0, 1, 0])
  })

  it('of a tensor without elements are zero, twice', async () => {
    const squares = (v: Value) => sum(mul(expand(v, [0, 2, 3]), expand(v, [0, 2, 3])))
    expect(await gradientOf(squares)).toEqual([0, 0, 0, 0, 0, 0])
    expect(await gradientOf((v) => sum(gradients(squares(v), [v])[0]!))).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('start from a seed', async () => {
    const product = compile((v: Value, seed: Value) => gradients(relu(v), [v], seed)[0]!)
    expect(numbersOf(await product(values, tensor([1, 2, 3, 4, 5, 6], [2, 3])))).toEqual([1, 0, 3, 0, 5, 0])
  })

  it('carry the layer path of what they differentiate, wherever they are asked for', () => {
    const images = input('images', [1, 1, 4, 4])
    const y = withScope('pool', () => maxPool(images, { kernel: [2, 2], strides: 2 }))
    const [dx] = withScope('optimizer', () => gradients(sum(y), [images]))
    expect(printGraph(new Graph([images], { dx: dx! }))).toMatch(/MaxPoolGrad.*# pool$/m)
  })

  it('of a wrong rule do not pass for right', async () => {
    const build = (v: Value) => apply(withWrongRule, [v], {})
    const found = await checkGradients(build, [tensor([1, 2], [2], 'float64')], gradientCheckDefaults.float64)
    expect(found.map(({ element }) => element)).toEqual([0, 1])
  })
})
