import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { type DType, isFloat, numbersOf, type Shape, tensor } from '../../src/core/index.ts'
import { constant, Value } from '../../src/graph/index.ts'
import { add, mul, operators, sum } from '../../src/ops/index.ts'
import { compile } from '../../src/runtime/index.ts'
import { type Float, operatorSamples, type Sample } from '../../src/testing/index.ts'

interface Packed {
  readonly dtype: DType | 'float'
  readonly shape: Shape
  /** Numbers, or `Infinity`, `-Infinity`, `NaN`. */
  readonly values: readonly (number | string)[]
}

/** What ops.py writes. */
interface Case {
  readonly operator: string
  readonly sample: string
  readonly note: string
  /** The dtypes to compare in. */
  readonly floats: readonly Float[]
  readonly inputs: readonly Packed[]
  readonly seeds: readonly Packed[]
  readonly outputs: readonly Packed[]
  readonly grads: readonly Packed[]
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../fixtures/ops.json', import.meta.url), 'utf8'),
)

const unpack = ({ dtype, shape, values }: Packed, float: Float) =>
  tensor(values.map(Number), shape, dtype === 'float' ? float : dtype)

/**
 * Allowed errors: relative, and absolute for results of order 1 that come about by cancellation.
 * float64: the file holds 12 digits.
 */
const tolerances = { float32: [1e-5, 2e-6], float64: [1e-10, 1e-11] } as const

function expectClose(found: readonly number[], { values }: Packed, float: Float, what: string): void {
  const [relative, absolute] = tolerances[float]
  const expected = values.map((value) => (float === 'float32' ? Math.fround(Number(value)) : Number(value)))
  const wrong = found.flatMap((value, i) => {
    const target = expected[i]!
    const same = Object.is(value, target) || value === target
    return same || Math.abs(value - target) <= absolute + relative * Math.abs(target)
      ? []
      : [`[${i}] ${value}, PyTorch ${target}`]
  })
  expect(found.length, what).toBe(expected.length)
  expect(wrong, what).toEqual([])
}

/** The outputs of a case, then the gradients of its floating-point inputs. */
async function run({ operator, sample, inputs, seeds }: Case, float: Float): Promise<number[][]> {
  const { build } = operatorSamples[operator]!.find(({ name }) => name === sample)!
  const program = compile(
    (...values: Value[]) => {
      const result = build(...values)
      const outputs = result instanceof Value ? [result] : result
      const wrt = values.filter((value) => isFloat(value.dtype))
      if (operators.get(operator)!.grad === 'none') return outputs
      const terms = outputs.flatMap((y, i) =>
        isFloat(y.dtype) ? [sum(mul(y, constant(unpack(seeds[i]!, y.dtype as Float))))] : [],
      )
      const total =
        terms.length > 0
          ? gradients(
              terms.reduce((a, b) => add(a, b)),
              wrt,
            )
          : []
      return [...outputs, ...total]
    },
    { lowering: false, threads: 1 },
  )
  return (await program(...inputs.map((packed) => unpack(packed, float)))).map(numbersOf)
}

const runsIn = (operator: string, sample: Sample, float: Float) =>
  sample.float ? sample.float === float : float === 'float32' || operators.get(operator)!.float64 !== false

describe('PyTorch computes the same', () => {
  const rows = cases.map((item) => ({
    title: `${item.operator}: ${item.sample}${item.note && `, ${item.note}`}`,
    item,
  }))

  it.each(rows)('$title', async ({ item }) => {
    const sample = operatorSamples[item.operator]?.find(({ name }) => name === item.sample)
    expect(sample, 'the sample exists').toBeDefined()
    for (const float of item.floats.filter((float) => runsIn(item.operator, sample!, float))) {
      const found = await run(item, float)
      const names = [
        ...item.outputs.map((_, i) => `output ${i}`),
        ...item.grads.map((_, i) => `gradient ${i}`),
      ]
      for (const [i, packed] of [...item.outputs, ...item.grads].entries()) {
        expectClose(found[i]!, packed, float, `${float} ${names[i]}`)
      }
    }
  })

  it('covers every differentiable operator', () => {
    const covered = new Set(cases.map(({ operator }) => operator))
    const missing = [...operators].filter(([name, { grad }]) => grad !== 'zero' && !covered.has(name))
    expect(missing.map(([name]) => name)).toEqual([])
  })
})
