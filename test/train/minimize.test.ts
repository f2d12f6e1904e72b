import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Random, type Tensor, tensor } from '../../src/core/index.ts'
import { constant, type Value } from '../../src/graph/index.ts'
import { add, gemm, logSoftmax, matmul, mean, mul, neg, sub, sum } from '../../src/ops/index.ts'
import { bfgs, lbfgs, type Minimizer, newton, newtonCg } from '../../src/optim/index.ts'
import { minimize } from '../../src/train/minimize.ts'

const threads = 1
const float64 = (values: readonly number[]) => tensor(values, [values.length], 'float64')
const pick = (x: Value, i: number) =>
  sum(
    mul(
      x,
      constant(
        x.shape.length ? Array.from({ length: x.shape[0]! }, (_, j) => (j === i ? 1 : 0)) : [1],
        x.dtype,
      ),
    ),
  )

/** (1 - a)^2 + 100 (b - a^2)^2, with its lowest point at (1, 1). Source: Rosenbrock, 1960. */
function rosenbrock(p: Value): Value {
  const [a, b] = [pick(p, 0), pick(p, 1)]
  const [slope, wall] = [sub(1, a), sub(b, mul(a, a))]
  return add(mul(slope, slope), mul(mul(wall, wall), 100))
}

/** A convex quadratic with condition number 1000, and its lowest point. */
function quadratic(n: number) {
  const random = new Random('quadratic')
  const lowest = Array.from({ length: n }, () => random.normal())
  const [rows, scale] = [Array.from({ length: n * n }, () => random.normal()), 1 / Math.sqrt(n)]
  const f = (p: Value): Value => {
    const away = sub(p, constant(lowest, p.dtype))
    const matrix = constant(
      tensor(
        rows.map((x) => x * scale),
        [n, n],
        p.dtype,
      ),
    )
    const stretched = matmul(matrix, away)
    return add(mul(sum(mul(stretched, stretched)), 0.5), mul(sum(mul(away, away)), 0.05))
  }
  return { f, lowest, start: float64(lowest.map((x) => x + random.normal(0, 3))) }
}

const methods: [string, Minimizer][] = [
  ['newton', newton()],
  ['newtonCg', newtonCg()],
  ['bfgs', bfgs()],
  ['bfgs, backtracking', bfgs({ search: 'backtracking' })],
  ['lbfgs', lbfgs()],
  ['lbfgs, backtracking', lbfgs({ history: 5, search: 'backtracking' })],
]

const near = ({ data }: Tensor, expected: readonly number[], digits: number) => {
  expected.forEach((x, i) => {
    expect(Number(data[i])).toBeCloseTo(x, digits)
  })
}

describe.each(methods)('%s', (_, method) => {
  it('finds the end of the valley of Rosenbrock', async () => {
    const start = float64([-1.2, 1])
    const found = await minimize(rosenbrock, start, { method, threads, tolerance: 1e-8 })
    expect(found).toMatchObject({ reason: 'gradient' })
    near(found.at, [1, 1], 7)
    expect(found.iterations).toBeLessThan(100)
    expect(found.values).toHaveLength(found.iterations + 1)
    found.values.slice(1).forEach((value, i) => {
      expect(value).toBeLessThan(found.values[i]!)
    })
    expect([...start.data]).toEqual([-1.2, 1])
  })

  it('goes to the lowest point of a quadratic', async () => {
    const { f, lowest, start } = quadratic(8)
    const found = await minimize(f, start, { method, threads, tolerance: 1e-9 })
    expect(found.reason).toBe('gradient')
    near(found.at, lowest, 7)
    expect(found.iterations).toBeLessThanOrEqual(50)
  })
})

describe('known numbers of steps', () => {
  it("Newton's method takes one on a quadratic", async () => {
    const { f, start } = quadratic(8)
    const found = await minimize(f, start, { method: newton(), threads, tolerance: 1e-9 })
    expect(found).toMatchObject({ iterations: 1, evaluations: 2, reason: 'gradient' })
  })

  it('conjugate gradients solve a quadratic of n numbers in n products, so the last step of Newton-CG is exact', async () => {
    const { f, start } = quadratic(8)
    const few = await minimize(f, start, { method: newtonCg({ maxProducts: 8 }), threads, tolerance: 1e-9 })
    expect(few.iterations).toBeLessThanOrEqual(10)
    const one = await minimize(f, start, { method: newtonCg({ maxProducts: 1 }), threads, maxIterations: 20 })
    expect(one.iterations).toBeGreaterThan(few.iterations) // steepest descent
  })

  it('Newton converges quadratically at the end: the digits double', async () => {
    const { at, values } = await minimize(rosenbrock, float64([0.9, 0.8]), {
      method: newton(),
      threads,
      tolerance: 1e-12,
    })
    near(at, [1, 1], 12)
    expect(values.length).toBeLessThanOrEqual(8)
  })
})

describe('logistic regression on the digits', () => {
  const peer = JSON.parse(readFileSync(new URL('../fixtures/minimize.json', import.meta.url), 'utf8')) as {
    value: number
    weight: number[]
    bias: number[]
  }
  const file = readFileSync(new URL('../../assets/digits/digits.csv.gz', import.meta.url))
  const table = gunzipSync(file)
    .toString()
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number))
  const inputs = tensor(
    table.flatMap((row) => row.slice(0, 64).map((x) => x / 16)),
    [table.length, 64],
    'float64',
  )
  const hot = table.flatMap((row) => Array.from({ length: 10 }, (_, k) => (k === row[64] ? 1 : 0)))
  const targets = tensor(hot, [table.length, 10], 'float64')
  const loss = ({ weight, bias }: { weight: Value; bias: Value }): Value => {
    const logits = gemm(constant(inputs), weight, { bias, transB: true })
    const entropy = neg(mean(sum(mul(logSoftmax(logits), constant(targets)), { axes: 1 })))
    return add(entropy, mul(sum(mul(weight, weight)), 0.005))
  }
  const start = {
    weight: tensor(new Float64Array(640), [10, 64], 'float64'),
    bias: tensor(new Float64Array(10), [10], 'float64'),
  }

  // L-BFGS ends where the value has no digits left to fall by, Newton goes on by the gradient.
  it.each([
    ['lbfgs', lbfgs({ history: 20 }), 1e-8, 4],
    ['newtonCg', newtonCg(), 1e-10, 7],
  ] as const)('%s comes to the minimum of PyTorch', async (_, method, tolerance, digits) => {
    const { at, value, reason } = await minimize(loss, start, { method, tolerance })
    expect(reason).toBe('gradient')
    expect(Math.abs(value / peer.value - 1)).toBeLessThan(1e-10)
    expect(at.weight.shape).toEqual([10, 64])
    near(at.weight, peer.weight, digits)
    // The same number added to all biases changes nothing: only their differences are determined.
    const shift = Number(at.bias.data[0]) - peer.bias[0]!
    near(
      at.bias,
      peer.bias.map((x) => x + shift),
      digits,
    )
  })
})

describe('edges', () => {
  it('in float32 it ends where float32 does', async () => {
    const found = await minimize(rosenbrock, tensor([-1.2, 1]), { threads, tolerance: 1e-12 })
    expect(found.at.dtype).toBe('float32')
    near(found.at, [1, 1], 3)
    expect(found.reason).toBe('line search')
  })

  it('a start at the minimum takes no step', async () => {
    expect(await minimize(rosenbrock, float64([1, 1]), { threads })).toMatchObject({
      iterations: 0,
      evaluations: 1,
      gradient: 0,
      reason: 'gradient',
    })
  })

  it('leaves a saddle, where the second derivatives are not positive', async () => {
    // (x^2 - 1)^2 + y^2, from near its saddle at 0.
    const f = (p: Value) => {
      const [x, y] = [pick(p, 0), pick(p, 1)]
      const well = sub(mul(x, x), 1)
      return add(mul(well, well), mul(y, y))
    }
    for (const [name, method] of methods) {
      const { at } = await minimize(f, float64([0.01, 1]), { method, threads, tolerance: 1e-7 })
      expect(Math.abs(Number(at.data[0])), name).toBeCloseTo(1, 5)
      expect(Number(at.data[1]), name).toBeCloseTo(0, 5)
    }
  })

  it('says so when the iterations run out', async () => {
    const found = await minimize(rosenbrock, float64([-1.2, 1]), { threads, maxIterations: 3 })
    expect(found).toMatchObject({ iterations: 3, reason: 'iterations' })
  })
})

describe('bad options', () => {
  const at = float64([-1.2, 1])
  const cases: [string, () => unknown, string][] = [
    ['tolerance 0', () => minimize(rosenbrock, at, { tolerance: 0 }), 'expected a tolerance above 0, got 0'],
    [
      'a misspelled option',
      () => minimize(rosenbrock, at, { maxIteration: 3 } as object),
      'unknown option of minimize "maxIteration"; did you mean "maxIterations"?',
    ],
    [
      'no scalar',
      () => minimize((p: Value) => mul(p, 2), at),
      'expected a function with a scalar value, got [2]',
    ],
    [
      'integers',
      () => minimize(rosenbrock, tensor([1, 2], [2], 'int32')),
      'minimize: expected floating-point numbers for "x", got int32',
    ],
    [
      'not finite',
      () => minimize((p: Value) => sum(p), float64([Number.NaN])),
      'value or gradient at the start is not finite (the value is NaN)',
    ],
    [
      'too large for a matrix',
      () => minimize((p: Value) => sum(mul(p, p)), float64(new Array(5000).fill(1)), { method: bfgs() }),
      'bfgs: expected a function of at most 4096 numbers, got 5000\n  use lbfgs(), which keeps no matrix',
    ],
    ['no history', async () => lbfgs({ history: 0 }), 'lbfgs: expected a whole number of steps to remember'],
    [
      'another search',
      async () => bfgs({ search: 'golden' as 'wolfe' }),
      'unknown line search of bfgs "golden"\n  known: wolfe, backtracking',
    ],
  ]
  it.each(cases)('%s', async (_, make, message) => {
    await expect(Promise.resolve().then(make)).rejects.toThrow(message)
  })
})
