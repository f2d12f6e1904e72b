/**
 * Logistic regression on the digits that ship with Gradus, with all 1,437 training samples in every step, by three methods
 * that go by second derivatives. All come to the same minimum, with a test accuracy of 98.3%: Newton's method with
 * conjugate gradients in 9 iterations and 0.1 seconds, L-BFGS in 196 iterations and 0.5 seconds, BFGS, which keeps a matrix of
 * 650 x 650, in 245 iterations and 1.1 seconds (2 cores).
 *
 *   npx jiti examples/logistic-regression.ts
 */
import {
  compile,
  constant,
  data,
  type MemorySplit,
  minimize,
  ops,
  optim,
  type Tensor,
  tensor,
  type Value,
} from 'gradus'

const digits = await data.digits()

/** Pixels from 0 to 1, [N, 64], in float64: near a minimum the loss is flat, and float32 hides its last digits. */
const pixelsOf = ({ inputs, count }: MemorySplit) =>
  tensor(
    Array.from(inputs, (ink) => ink / 16),
    [count, 64],
    'float64',
  )

const { labels, count } = digits.train
const inputs = constant(pixelsOf(digits.train))
const targets = constant(
  tensor(
    Array.from({ length: count * 10 }, (_, i) => (labels[Math.floor(i / 10)] === i % 10 ? 1 : 0)),
    [count, 10],
    'float64',
  ),
)

/** Mean cross-entropy, and a penalty that keeps the weights small: with it there is one minimum. */
function loss({ weight, bias }: { weight: Value; bias: Value }): Value {
  const logits = ops.gemm(inputs, weight, { bias, transB: true }) // [N, 10]
  const entropy = ops.neg(ops.mean(ops.sum(ops.mul(ops.logSoftmax(logits), targets), { axes: 1 })))
  return ops.add(entropy, ops.mul(ops.sum(ops.mul(weight, weight)), 1e-4))
}

const start = {
  weight: tensor(new Float64Array(640), [10, 64], 'float64'),
  bias: tensor(new Float64Array(10), [10], 'float64'),
}

const predict = compile((x: Value, weight: Value, bias: Value) =>
  ops.argmax(ops.gemm(x, weight, { bias, transB: true }), 1),
)

/** The share of the test samples that are classified right. */
async function accuracy({ weight, bias }: { weight: Tensor; bias: Tensor }): Promise<number> {
  const found = await predict(pixelsOf(digits.test), weight, bias)
  return digits.test.labels.filter((label, i) => Number(found.data[i]) === label).length / digits.test.count
}

const methods = { lbfgs: optim.lbfgs({ history: 20 }), bfgs: optim.bfgs(), newtonCg: optim.newtonCg() }
console.log('method      seconds  iterations  evaluations        loss  largest slope  test accuracy')
for (const [name, method] of Object.entries(methods)) {
  const began = performance.now()
  const { at, value, gradient, iterations, evaluations } = await minimize(loss, start, {
    method,
    tolerance: 1e-6,
    maxIterations: 1000,
  })
  const columns = [
    ((performance.now() - began) / 1000).toFixed(2).padStart(7),
    String(iterations).padStart(10),
    String(evaluations).padStart(11),
    value.toFixed(8).padStart(10),
    gradient.toExponential(1).padStart(13),
    `${(100 * (await accuracy(at))).toFixed(1)}%`.padStart(13),
  ]
  console.log(`${name.padEnd(10)}  ${columns.join('  ')}`)
}
