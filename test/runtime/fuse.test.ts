import { describe, expect, it } from 'vitest'
import { numbersOf, Random, type Tensor, type TypedArray } from '../../src/core/index.ts'
import { constant, Graph, input } from '../../src/graph/index.ts'
import * as ops from '../../src/ops/index.ts'
import {
  adam,
  adamw,
  initialState,
  type Optimizer,
  scalarsAt,
  sgd,
  updateGraph,
} from '../../src/optim/index.ts'
import { allocateTogether, compileGraph, fuse, fuseSums } from '../../src/runtime/index.ts'

const noise = (length: number, name: string): Float32Array => {
  const random = new Random(7, name)
  return new Float32Array(length).map(() => random.normal())
}

/** The graph with other names for its outputs: a file cannot have an input and an output of one name. */
const renamed = (graph: Graph) =>
  new Graph(graph.inputs, Object.fromEntries(Object.entries(graph.results).map(([k, v]) => [`next/${k}`, v])))

const optimizers: Record<string, Optimizer> = {
  sgd: sgd(0.1),
  momentum: sgd(0.1, { momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
  dampening: sgd(0.1, { momentum: 0.9, dampening: 0.5 }),
  adam: adam(0.01),
  adamw: adamw(0.01, { weightDecay: 0.1 }),
}

describe('a fused update equals the same graph on ONNX Runtime', () => {
  // Around the edges of vectors (4) and tiles (2048).
  const sizes = [1, 3, 4, 5, 2047, 2048, 2049, 5000]
  it.each(
    Object.entries(optimizers).flatMap(([name, optimizer]) =>
      sizes.map((n) => [name, n, optimizer] as const),
    ),
  )('%s of %i elements', async (_, n, optimizer) => {
    const info = { name: 'w', shape: [n], decay: true }
    const graph = updateGraph(optimizer, info)
    const program = await compileGraph(renamed(graph), { threads: 1 })
    const loop = fuse(graph)
    const arrays: Record<string, Float32Array> = { p: noise(n, 'p'), g: noise(n, 'g') }
    for (const [name, held] of Object.entries(initialState(optimizer, info))) {
      arrays[name] = held.data as Float32Array
    }
    for (let step = 0; step < 3; step++) {
      const scalars = scalarsAt(optimizer, step)
      const feeds = Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, [value]]))
      const expected = await program.call({ ...arrays, ...feeds })
      loop.run(arrays, scalars, n)
      for (const [name, peer] of Object.entries(expected)) {
        expect(worst(arrays[name.slice('next/'.length)]!, peer)).toBeLessThan(1e-6)
      }
    }
  })

  it('in float64', async () => {
    const info = { name: 'w', shape: [7], decay: true, dtype: 'float64' as const }
    const graph = updateGraph(optimizers.adamw!, info)
    const arrays: Record<string, TypedArray> = {
      p: Float64Array.from(noise(7, 'p')),
      g: Float64Array.from(noise(7, 'g')),
    }
    for (const [name, held] of Object.entries(initialState(optimizers.adamw!, info))) arrays[name] = held.data
    const scalars = scalarsAt(optimizers.adamw!, 0)
    const feeds = Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, [value]]))
    const expected = await (await compileGraph(renamed(graph), { threads: 1 })).call({ ...arrays, ...feeds })
    const loop = fuse(graph)
    expect(loop.vectorized).toBe(false)
    loop.run(arrays, scalars, 7)
    expect(worst(arrays.p as Float32Array, expected['next/p']!)).toBeLessThan(1e-14)
  })
})

/** The largest difference, relative where numbers are above 1. */
const worst = (ours: ArrayLike<number>, peer: Tensor) =>
  Math.max(...numbersOf(peer).map((y, i) => Math.abs(ours[i]! - y) / Math.max(1, Math.abs(y))))

describe('vectors and plain JavaScript do the same', () => {
  const x = input('x', [9])
  const y = input('y', [9])
  const s = input('s', [])
  const cases = {
    arithmetic: ops.div(ops.sub(ops.mul(x, 3), y), ops.add(ops.abs(y), 1)),
    rounding: ops.add(ops.floor(ops.mul(x, 5)), ops.ceil(y)),
    roots: ops.sqrt(ops.neg(ops.minimum(ops.neg(ops.abs(x)), 0))),
    choice: ops.where(
      ops.logicalAnd(ops.greater(x, y), ops.logicalNot(ops.less(x, s))),
      x,
      ops.maximum(y, s),
    ),
    ties: ops.where(ops.logicalOr(ops.equal(x, y), ops.lessOrEqual(x, -0.5)), 1, ops.mul(s, 2)),
    edges: ops.where(ops.greaterOrEqual(x, s), ops.neg(s), 0),
    signs: ops.add(ops.sign(ops.where(ops.greater(y, 0.5), 0, x)), ops.sign(s)),
  }
  it.each(Object.entries(cases))('%s', (_, result) => {
    const vectors = fuse(new Graph([x, y, s], { out: result }))
    // exp has no vector instruction, so an unused one moves the graph to the other compiler.
    const plain = fuse(new Graph([x, y, s], { out: result, unused: ops.exp(x) }))
    expect([vectors.vectorized, plain.vectorized]).toEqual([true, false])
    const arrays = { x: noise(9, 'x'), y: noise(9, 'y') }
    arrays.y[3] = arrays.x[3]!
    const ours = new Float32Array(9)
    const peer = new Float32Array(9)
    vectors.run({ ...arrays, out: ours }, { s: 0.25 }, 9)
    plain.run({ ...arrays, out: peer, unused: new Float32Array(9) }, { s: 0.25 }, 9)
    ours.forEach((value, i) => {
      expect(value).toBeCloseTo(peer[i]!, 6)
    })
    expect(new Set(ours).size).toBeGreaterThan(1)
  })
})

describe('arrays in one memory', () => {
  // Around the edges of vectors, with arrays of more than 1 MiB in all: smaller ones lie anywhere.
  it.each([70_000, 70_001, 70_003])('%i elements: updated in place as anywhere else, bit by bit', (n) => {
    const graph = updateGraph(optimizers.adamw!, { name: 'w', shape: [n], decay: true })
    const fresh = () => ({
      p: noise(n, 'p'),
      g: noise(n, 'g'),
      'state/scaleByAdam/mean': noise(n, 'm'),
      'state/scaleByAdam/meanSquare': noise(n, 'v').map(Math.abs),
    })
    const anywhere = fresh()
    const names = Object.keys(anywhere)
    const arrays = allocateTogether(names.map(() => n))
    const together = Object.fromEntries(names.map((name, i) => [name, arrays[i]!]))
    for (const [name, values] of Object.entries(fresh())) together[name]!.set(values)
    for (let step = 0; step < 3; step++) {
      const scalars = scalarsAt(optimizers.adamw!, step)
      fuse(graph).run(anywhere, scalars, n)
      fuse(graph).run(together, scalars, n)
    }
    for (const [name, values] of Object.entries(anywhere)) expect(together[name]).toEqual(values)
  })

  it('do not overlap, and start at cache lines', () => {
    const lengths = [1, 16, 17, 0, 5, 300_000]
    const arrays = allocateTogether(lengths)
    expect(new Set(arrays.map(({ buffer }) => buffer)).size).toBe(1)
    for (const [i, array] of arrays.entries()) array.fill(i)
    arrays.forEach((array, i) => {
      expect(array.byteOffset % 64).toBe(0)
      expect(array.every((value) => value === i)).toBe(true)
    })
    expect(arrays.map(({ length }) => length)).toEqual(lengths)
  })
})

describe('sums', () => {
  const x = input('x', [4])
  const s = input('s', [])
  const sums = fuseSums(new Graph([x, s], { squares: ops.mul(x, x), shifted: ops.add(x, s) }))

  it.each([0, 1, 3, 4, 2047, 2048, 2049, 70_001])('of %i elements', (n) => {
    const data = noise(n + 3, 'sums')
    let [squares, shifted] = [0, 0]
    for (const value of data.subarray(0, n)) {
      squares += value * value
      shifted += value + 0.5
    }
    const found = sums.run({ x: data }, { s: 0.5 }, n)
    expect(found.squares).toBeCloseTo(squares, n < 5000 ? 3 : 1)
    // Cancels, so the error is measured by the size of the terms.
    expect(Math.abs(found.shifted! - shifted)).toBeLessThan(1e-6 * Math.max(n, 1))
  })

  it.each([70_000, 300_001])('of %i elements in one memory', (n) => {
    const [data] = allocateTogether([n, 300_000])
    data!.set(noise(n, 'sums'))
    const [found, anywhere] = [data!, data!.slice()].map((x) => sums.run({ x }, { s: 0.5 }, n))
    expect(data!.buffer.byteLength).toBeGreaterThan(2 ** 20)
    expect(found).toEqual(anywhere)
  })

  it('of numbers whose squares float32 cannot hold', () => {
    expect(sums.run({ x: Float32Array.of(3e25, 4e25, 0, 0, 0) }, { s: 0 }, 5).squares).toBeCloseTo(25e50, -46)
  })

  it('are not finite where a term is not', () => {
    const found = sums.run({ x: Float32Array.of(1, Number.NaN, 2, 3) }, { s: 0 }, 4)
    expect(found).toEqual({ squares: Number.NaN, shifted: Number.NaN })
  })
})

describe('a fused loop', () => {
  const x = input('x', [4])

  it('leaves what lies beyond the length alone', () => {
    const data = new Float32Array(3000).fill(1)
    fuse(new Graph([x], { x: ops.mul(x, 2) })).run({ x: data }, {}, 2050)
    expect(data.findIndex((value) => value !== 2)).toBe(2050)
    expect(data.slice(2050).every((value) => value === 1)).toBe(true)
  })

  it('can swap two arrays in place', () => {
    const y = input('y', [4])
    const arrays = { x: Float32Array.of(1, 2, 3, 4), y: Float32Array.of(5, 6, 7, 8) }
    fuse(new Graph([x, y], { x: y, y: x })).run(arrays, {}, 4)
    expect(arrays).toEqual({ x: Float32Array.of(5, 6, 7, 8), y: Float32Array.of(1, 2, 3, 4) })
  })

  it('stores numbers below 2^-126 as 0, and keeps NaN and infinity', () => {
    const data = Float32Array.of(1e-38, -1e-38, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** -125)
    fuse(new Graph([x], { x: ops.mul(x, 0.5) })).run({ x: data }, {}, 5)
    expect([...data].map(Math.abs)).toEqual([0, 0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** -126])
  })

  it('computes once what is the same for all elements', () => {
    const s = input('s', [])
    const { source } = fuse(new Graph([x, s], { x: ops.mul(x, ops.sqrt(ops.neg(s))) }))
    expect(source).toBe(
      [
        '// arrays: float32; scalars: 1',
        'const [a0] = arrays',
        'const [v1] = scalars',
        'const v2 = -v1',
        'const v3 = Math.sqrt(v2)',
        'for (let i = 0; i < length; i++) {',
        '  const v0 = a0[i]',
        '  const v4 = v0*v3',
        '  a0[i] = v4',
        '}',
        'return []',
      ].join('\n'),
    )
  })

  it('is the same code for parameters of any size', () => {
    const sources = [[3, 4], [7], []].map(
      (shape) => fuse(updateGraph(adam(0.1), { name: `p${shape}`, shape, decay: true })).source,
    )
    expect(new Set(sources).size).toBe(1)
  })

  it('writes negative constants and infinities as numbers', () => {
    const result = ops.neg(ops.add(ops.exp(x), constant(-2)))
    const arrays = { x: Float32Array.of(0, 1, 2, 3), out: new Float32Array(4), low: new Float32Array(4) }
    const low = ops.minimum(ops.mul(x, -0), constant(Number.NEGATIVE_INFINITY))
    fuse(new Graph([x], { out: result, low })).run(arrays, {}, 4)
    expect(arrays.out[0]).toBe(1)
    expect([...arrays.low]).toEqual(new Array(4).fill(Number.NEGATIVE_INFINITY))
  })
})

describe('what cannot be fused', () => {
  const x = input('x', [4])
  const s = input('s', [])
  const one = input('one', [1])
  const whole = input('whole', [4], 'int32')
  const graphs: [string, Graph, string][] = [
    ['a reduction', new Graph([x], { y: ops.sub(x, ops.sum(x)) }), 'ReduceSum: it is not element-wise'],
    [
      'broadcasting',
      new Graph([x, one], { y: ops.add(x, one) }),
      'input "one": expected shape [] or [4], got [1]',
    ],
    [
      'a scalar output',
      new Graph([s], { y: ops.neg(s) }),
      'cannot fuse a graph with an output of shape []: "y"',
    ],
    [
      'integers',
      new Graph([whole], { y: ops.add(whole, whole) }),
      'expected float32, float64 or bool, got int32',
    ],
    ['constant arrays', new Graph([x], { y: ops.add(x, constant([1, 2, 3, 4])) }), 'is not a single number'],
    [
      'two dtypes of a name',
      new Graph([x], { x: ops.greater(x, 0) }),
      'input "x" is float32, the output of that name bool',
    ],
  ]
  it.each(graphs)('%s', (_, graph, message) => {
    expect(() => fuse(graph)).toThrow(message)
  })

  it.each<[string, Record<string, TypedArray>, Record<string, number>, string]>([
    ['a missing array', {}, { s: 1 }, 'expected float32 array "x" with 4 elements or more, got none'],
    ['a short array', { x: new Float32Array(3) }, { s: 1 }, 'got Float32Array with 3'],
    ['another dtype', { x: new Float64Array(4) }, { s: 1 }, 'got Float64Array with 4'],
    ['a missing number', { x: new Float32Array(4) }, {}, 'expected a number "s", got none'],
  ])('refuses to run with %s', (_, arrays, scalars, message) => {
    expect(() => fuse(new Graph([x, s], { x: ops.mul(x, s) })).run(arrays, scalars, 4)).toThrow(message)
  })
})
