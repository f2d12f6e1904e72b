import { describe, expect, it } from 'vitest'
import { numbersOf, Random, type Shape } from '../../src/core/index.ts'
import { type Initializer, init, initialize, linear, sequential } from '../../src/nn/index.ts'

const draw = (initializer: Initializer, shape: Shape, seed = 0) =>
  numbersOf(initializer(shape, new Random(seed)))

const meanOf = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length
const varianceOf = (x: readonly number[]) => meanOf(x.map((v) => v * v)) - meanOf(x) ** 2

const linearShape = [60, 150]
const convShape = [32, 16, 3, 3]

// Name, initializer, shape, standard deviation, and the bound of uniform ones.
const table: readonly [string, Initializer, Shape, number, number?][] = [
  ['normal', init.normal(0.02), linearShape, 0.02],
  ['uniform', init.uniform(0.3), linearShape, 0.3 / Math.sqrt(3), 0.3],
  ['kaimingNormal', init.kaimingNormal(), linearShape, Math.sqrt(2 / 150)],
  ['kaimingNormal of a convolution', init.kaimingNormal(), convShape, Math.sqrt(2 / (16 * 9))],
  ['kaimingNormal by fan out', init.kaimingNormal({ fan: 'out' }), convShape, Math.sqrt(2 / (32 * 9))],
  ['calibrated', init.calibrated(), linearShape, 1 / Math.sqrt(150)],
  ['calibrated by fan out', init.calibrated({ fan: 'out' }), linearShape, 1 / Math.sqrt(60)],
  ['kaimingUniform', init.kaimingUniform(), linearShape, Math.sqrt(2 / 150), Math.sqrt(6 / 150)],
  [
    'kaimingUniform for leaky ReLU',
    init.kaimingUniform({ gain: init.gainFor('leakyRelu', 1) }),
    linearShape,
    Math.sqrt(1 / 150),
    Math.sqrt(3 / 150),
  ],
  ['xavierNormal', init.xavierNormal(), linearShape, Math.sqrt(2 / 210)],
  ['xavierUniform', init.xavierUniform(), linearShape, Math.sqrt(2 / 210), Math.sqrt(6 / 210)],
  [
    'xavierUniform for the logistic sigmoid',
    init.xavierUniform({ gain: init.gainFor('sigmoid') }),
    linearShape,
    4 * Math.sqrt(2 / 210),
    4 * Math.sqrt(6 / 210),
  ],
]

describe('random initializers', () => {
  for (const [name, initializer, shape, std, bound] of table) {
    it(`${name}: mean 0 and its variance, for five seeds`, () => {
      for (let seed = 0; seed < 5; seed++) {
        const values = draw(initializer, shape, seed)
        // Five standard errors: of the mean, and of the variance (normal: var sqrt(2 / n); uniform: less).
        expect(Math.abs(meanOf(values))).toBeLessThan((5 * std) / Math.sqrt(values.length))
        expect(Math.abs(varianceOf(values) / std ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / values.length))
        if (bound) expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound))
      }
    })

    it(`${name}: the same seed gives the same bits, another does not`, () => {
      expect(draw(initializer, [8, 8], 3)).toEqual(draw(initializer, [8, 8], 3))
      expect(draw(initializer, [8, 8], 3)).not.toEqual(draw(initializer, [8, 8], 4))
    })
  }
})

it('constants', () => {
  expect(draw(init.zeros, [3])).toEqual([0, 0, 0])
  expect(draw(init.ones, [2])).toEqual([1, 1])
  expect(draw(init.constant(0.5), [2])).toEqual([0.5, 0.5])
})

describe('orthogonal', () => {
  // The largest difference between the products of the vectors and those of an orthonormal set of them, times `length`.
  const deviation = (vectors: readonly (readonly number[])[], length: number) => {
    let most = 0
    for (const [i, a] of vectors.entries())
      for (const [j, b] of vectors.entries()) {
        const product = a.reduce((sum, value, k) => sum + value * b[k]!, 0)
        most = Math.max(most, Math.abs(product - (i === j ? length : 0)))
      }
    return most
  }
  const rowsOf = (values: readonly number[], columns: number) =>
    Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns))
  const columnsOf = (values: readonly number[], columns: number) =>
    Array.from({ length: columns }, (_, j) => values.filter((_, i) => i % columns === j))

  it('has orthonormal rows, or columns if these are fewer', () => {
    expect(deviation(rowsOf(draw(init.orthogonal(), [20, 50]), 50), 1)).toBeLessThan(1e-6)
    expect(deviation(columnsOf(draw(init.orthogonal(), [50, 20]), 20), 1)).toBeLessThan(1e-6)
    expect(deviation(rowsOf(draw(init.orthogonal(), [8, 4, 3, 3]), 36), 1)).toBeLessThan(1e-6)
  })

  it('keeps its angles where nothing is to spare, and multiplies by the gain', () => {
    expect(deviation(rowsOf(draw(init.orthogonal({ gain: 2 }), [100, 100], 1), 100), 4)).toBeLessThan(1e-5)
  })

  it('has mean 0 and the variance of its length, for five seeds', () => {
    for (let seed = 0; seed < 5; seed++) {
      const values = draw(init.orthogonal(), [60, 150], seed)
      // Five standard errors of the mean; the sum of squares is given.
      expect(Math.abs(meanOf(values))).toBeLessThan(5 / Math.sqrt(150 * values.length))
      expect(Math.abs(varianceOf(values) * 150 - 1)).toBeLessThan(0.01)
    }
  })

  it('is drawn evenly: the first element of small ones has mean 0, and the same seed gives the same bits', () => {
    const firsts = Array.from({ length: 400 }, (_, seed) => draw(init.orthogonal(), [2, 2], seed)[0]!)
    expect(Math.abs(meanOf(firsts))).toBeLessThan((5 * Math.SQRT1_2) / 20)
    expect(Math.abs(varianceOf(firsts) - 0.5)).toBeLessThan(0.1)
    expect(draw(init.orthogonal(), [8, 8], 3)).toEqual(draw(init.orthogonal(), [8, 8], 3))
  })
})

describe('gains', () => {
  const activations: readonly [Parameters<typeof init.gainFor>[0], (z: number) => number][] = [
    ['relu', (z) => Math.max(z, 0)],
    ['leakyRelu', (z) => Math.max(z, 0.01 * z)],
    ['selu', (z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z))],
    ['elu', (z) => (z > 0 ? z : Math.expm1(z))],
    ['silu', (z) => z / (1 + Math.exp(-z))],
    ['mish', (z) => z * Math.tanh(Math.log1p(Math.exp(z)))],
    ['hardSwish', (z) => z * Math.min(Math.max(z / 6 + 0.5, 0), 1)],
  ]

  it.each(activations)('of %s: the second moment of a normal input is kept', (name, f) => {
    const [step, reach] = [1 / 512, 12]
    let moment = 0
    for (let z = -reach; z <= reach; z += step)
      moment += ((f(z) ** 2 * Math.exp(-(z ** 2) / 2)) / Math.sqrt(2 * Math.PI)) * step
    expect(init.gainFor(name) ** 2 * moment).toBeCloseTo(1, 5)
  })

  it('of the others', () => {
    expect(init.gainFor('linear')).toBe(1)
    expect(init.gainFor('tanh')).toBe(1)
    expect(init.gainFor('sigmoid')).toBe(4)
    expect(init.gainFor('leakyRelu', 1)).toBe(1)
    expect(init.gainFor('gelu')).toBeCloseTo(1.5335304, 6)
  })
})

it('fans count the kernel', () => {
  expect(init.fansOf([10, 20])).toEqual({ in: 20, out: 10 })
  expect(init.fansOf([8, 3, 5, 7])).toEqual({ in: 105, out: 280 })
})

describe('initialize', () => {
  const model = sequential(linear(4, 4), linear(4, 4))

  it('is a function of seed and name', () => {
    expect(initialize(model, 1)).toEqual(initialize(model, 1))
    expect(initialize(model, 1)).not.toEqual(initialize(model, 2))
    expect(initialize(model, 1).get('0.weight')).not.toEqual(initialize(model, 1).get('1.weight'))
  })

  it('does not change when a layer is added', () => {
    const longer = sequential(linear(4, 4), linear(4, 4), linear(4, 4))
    expect(initialize(longer, 1).get('1.weight')).toEqual(initialize(model, 1).get('1.weight'))
  })
})

it.each([
  [() => init.normal(0), 'init.normal: expected std > 0, got 0'],
  [() => init.uniform(-1), 'init.uniform: expected range > 0, got -1'],
  [() => init.orthogonal({ gain: 0 }), 'init.orthogonal: expected gain > 0, got 0'],
  [() => draw(init.orthogonal(), [3]), 'init.orthogonal: expected a matrix [out, in, ...], got [3]'],
  [() => init.gainFor('swish' as never), 'unknown activation "swish"'],
  [() => init.gainFor('leakyRelu', Number.NaN), 'init.gainFor: expected a finite slope, got NaN'],
  [() => init.constant(Number.NaN), 'init.constant: expected a finite number, got NaN'],
  [() => init.kaimingNormal({ gain: -1 }), 'init.kaimingNormal: expected gain > 0, got -1'],
  [
    () => draw(init.kaimingNormal(), [3]),
    'a tensor [3] has no fan in and out: expected [out, in, ...]\n  start biases with init.zeros, or give the scale yourself with init.normal(std)',
  ],
])('refuses what has no meaning (%#)', (build, message) => {
  expect(build).toThrow(message)
})
