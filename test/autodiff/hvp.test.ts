import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { numbersOf, type Shape, tensor } from '../../src/core/index.ts'
import { constant, type Value } from '../../src/graph/index.ts'
import {
  add,
  batchNormTraining,
  conv,
  flatten,
  gatherElements,
  gemm,
  logSoftmax,
  maxPool,
  mean,
  mul,
  neg,
  sum,
  tanh,
} from '../../src/ops/index.ts'
import { compile } from '../../src/runtime/index.ts'

interface Packed {
  readonly shape: Shape
  readonly values: readonly number[]
}

/** What hvp.py writes. */
interface Case {
  readonly inputs: readonly Packed[]
  readonly labels: readonly number[]
  readonly along: readonly Packed[]
  readonly loss: number
  readonly grads: readonly Packed[]
  readonly products: readonly Packed[]
}

const fixture: Record<'mlp' | 'convnet', Case> = JSON.parse(
  readFileSync(new URL('../fixtures/hvp.json', import.meta.url), 'utf8'),
)

type Loss = (labels: readonly number[], inputs: readonly Value[]) => Value

function crossEntropy(logits: Value, labels: readonly number[]): Value {
  const indices = constant(labels, 'int64', [labels.length, 1])
  return neg(mean(gatherElements(logSoftmax(logits), indices, { axis: 1 })))
}

const mlp: Loss = (labels, [x, w1, b1, w2, b2]) => {
  const hidden = tanh(gemm(x!, w1!, { transB: true, bias: b1! }))
  return crossEntropy(gemm(hidden, w2!, { transB: true, bias: b2! }), labels)
}

const convnet: Loss = (labels, [x, w1, scale, bias, w2, b2]) => {
  const [normed] = batchNormTraining(conv(x!, w1!, { pads: 1 }), scale!, bias!, { epsilon: 1 / 64 })
  const pooled = maxPool(tanh(normed), { kernel: [3, 3], strides: 2, pads: 1 })
  return crossEntropy(gemm(flatten(pooled), w2!, { transB: true, bias: b2! }), labels)
}

/** The loss, its gradients, and the gradients of their product with `along`. */
function derivatives(loss: Loss, { labels, along }: Case) {
  return (...inputs: Value[]): Value[] => {
    const value = loss(labels, inputs)
    const first = gradients(value, inputs)
    const products = first.map((g, i) => sum(mul(g, constant(along[i]!.values, g.dtype, g.shape))))
    return [
      value,
      ...first,
      ...gradients(
        products.reduce((a, b) => add(a, b)),
        inputs,
      ),
    ]
  }
}

/** The largest error, relative to the largest number of the expected tensor. */
const errorOf = (found: readonly number[], { values }: Packed): number => {
  const scale = Math.max(...values.map(Math.abs))
  return Math.max(...values.map((value, i) => Math.abs(value - found[i]!))) / scale
}

describe('Hessian-vector products are those of PyTorch', () => {
  it.each([
    { name: 'mlp', loss: mlp, float: 'float64', tolerance: 1e-10 },
    // ONNX Runtime has no convolution in float64; two derivatives of a batch norm lose two digits of seven.
    { name: 'convnet', loss: convnet, float: 'float32', tolerance: 5e-5 },
  ] as const)('$name', async ({ name, loss, float, tolerance }) => {
    const item = fixture[name]
    const run = compile(derivatives(loss, item), { threads: 1 })
    const results = await run(...item.inputs.map(({ values, shape }) => tensor(values, shape, float)))
    const [value, ...rest] = results.map(numbersOf)
    expect(Math.abs(value![0]! - item.loss)).toBeLessThan(tolerance)
    const expected = [...item.grads, ...item.products]
    expect(rest.length).toBe(expected.length)
    expected.forEach((packed, i) => {
      expect(rest[i]!.length).toBe(packed.values.length)
      expect(errorOf(rest[i]!, packed), `result ${i}`).toBeLessThan(tolerance)
    })
  })
})
