import { gradients } from '../../autodiff/index.ts'
import {
  type Entry,
  type Example,
  ensure,
  GradusError,
  isFloat,
  numbersOf,
  Random,
  type Shape,
  sizeOf,
  type Tensor,
  tensor,
} from '../../core/index.ts'
import { constant, Graph, input, type Value } from '../../graph/index.ts'
import type { Loss } from '../../nn/index.ts'
import { compileGraph } from '../../runtime/index.ts'
import { disagreements, inWidestFloat } from '../finite-differences.ts'
import type { Float } from '../sample.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'
import { expectClose, expectFinite } from './compare.ts'
import { plainly, rowsOf } from './layer-run.ts'

/** Outputs of a model and what they should have been. */
interface Batch {
  readonly output: Tensor
  readonly target: Tensor
}

const shapeOf = ({ input = [4, 3] }: Example<Loss>): Shape => input

/** A batch with normal outputs and random targets of the kind that the loss declares. */
function batchOf(example: Example<Loss>, float: Float = 'float32'): Batch {
  const loss = example.make()
  const shape = shapeOf(example)
  const random = new Random('loss', example.name)
  const output = tensor(
    Array.from({ length: sizeOf(shape) }, () => random.normal(0, 1.5)),
    shape,
    float,
  )
  return { output, target: targetsFor(loss, shape, float, random) }
}

function targetsFor(loss: Loss, output: Shape, float: Float, random: Random): Tensor {
  const shape = loss.targetShape(output)
  const numbers = Array.from({ length: sizeOf(shape) }, () => random.normal())
  if (!isFloat(loss.targetDType)) {
    const classes = numbers.map(() => random.integer(loss.task === 'classification' ? output[1]! : 2))
    return tensor(classes, shape, loss.targetDType)
  }
  if (loss.task === 'regression') return tensor(numbers, shape, float)
  const probabilities = numbers.map((x) => 1 / (1 + Math.exp(-x)))
  return tensor(loss.task === 'binary' ? probabilities : normalized(probabilities, shape[1]!), shape, float)
}

/** Rows of `width` numbers that sum to 1. */
const normalized = (numbers: readonly number[], width: number) =>
  numbers.map((x, i) => {
    const start = i - (i % width)
    return x / numbers.slice(start, start + width).reduce((sum, other) => sum + other, 0)
  })

/** The loss of a batch, and its gradient by the output. */
async function run(loss: Loss, { output, target }: Batch): Promise<{ loss: Tensor; gradient: Tensor }> {
  const [y, t] = [input('y', output.shape, output.dtype), input('t', target.shape, target.dtype)]
  const value = loss.apply(y, t)
  const [gradient] = gradients(value, [y])
  const program = await compileGraph(new Graph([y, t], { loss: value, gradient: gradient! }), plainly)
  const results = await program.call({ y: output, t: target })
  return { loss: results.loss!, gradient: results.gradient! }
}

const scalar: Property<Loss> = {
  name: 'one finite number for a batch of any size',
  async check(example, { name }) {
    const loss = example.make()
    ensure(loss.name === name, `it calls itself "${loss.name}"`)
    const { output, target } = batchOf(example)
    for (const rows of [1, output.shape[0]!]) {
      const batch = { output: rowsOf(output, 0, rows), target: rowsOf(target, 0, rows) }
      const symbolic = loss.apply(constant(batch.output), constant(batch.target))
      const fits = symbolic.rank === 0 && symbolic.dtype === 'float32'
      ensure(fits, `expected a scalar of the output's dtype float32, got ${symbolic}`)
      expectFinite((await run(loss, batch)).loss, 'loss')
    }
  },
}

const gradient: Property<Loss> = {
  name: 'its gradient is what central differences say',
  async check(example) {
    const loss = example.make()
    const [worst] = await inWidestFloat((float) => {
      const { output, target } = batchOf(example, float)
      const build = (...values: Value[]) => loss.apply(values[0]!, constant(target))
      return disagreements(build, [output], float)
    })
    if (!worst) return
    throw new GradusError(`element ${worst.element}: expected ${worst.expected}, got ${worst.found}`)
  },
}

const mean: Property<Loss> = {
  name: 'a mean: a batch that is given twice has the same loss and half the gradients',
  async check(example) {
    const loss = example.make()
    const once = batchOf(example)
    const [first, second] = [
      await run(loss, once),
      await run(loss, { output: twice(once.output), target: twice(once.target) }),
    ]
    expectClose(second.loss, first.loss, 'loss', 1e-6)
    const doubled = numbersOf(rowsOf(second.gradient, 0, once.output.shape[0]!)).map((g) => 2 * g)
    expectClose(tensor(doubled, first.gradient.shape), first.gradient, 'gradient', 1e-6)
  },
}

function twice({ dtype, shape, data }: Tensor): Tensor {
  const numbers = Array.from(data as ArrayLike<number>)
  return tensor([...numbers, ...numbers], [2 * shape[0]!, ...shape.slice(1)], dtype)
}

const finite: Property<Loss> = {
  name: 'finite at +-90 and at 0, gradients too, right or wrong',
  async check(example) {
    const loss = example.make()
    const { output, target } = batchOf(example)
    const patterns: Record<string, (i: number) => number> = {
      'all 90': () => 90,
      'all -90': () => -90,
      'all 0': () => 0,
      '90 and -90 in turns': (i) => (i % 2 === 0 ? 90 : -90),
      '-90 and 90 in turns': (i) => (i % 2 === 0 ? -90 : 90),
    }
    for (const [pattern, valueAt] of Object.entries(patterns)) {
      const data = numbersOf(output).map((_, i) => valueAt(i))
      const found = await run(loss, { output: tensor(data, output.shape), target })
      expectFinite(found.loss, `loss, outputs ${pattern}`)
      expectFinite(found.gradient, `gradient, outputs ${pattern}`)
    }
  },
}

const downhill: Property<Loss> = {
  name: 'a small step against the gradient makes it smaller',
  async check(example) {
    const loss = example.make()
    const { output, target } = batchOf(example)
    const before = await run(loss, { output, target })
    const slope = numbersOf(before.gradient).reduce((sum, g) => sum + g * g, 0)
    ensure(slope > 0, 'its gradient is 0 everywhere: nothing would be learned')
    const moved = numbersOf(output).map(
      (y, i) => y - (1e-2 / Math.sqrt(slope)) * Number(before.gradient.data[i]),
    )
    const after = await run(loss, { output: tensor(moved, output.shape), target })
    const [from, to] = [Number(before.loss.data[0]), Number(after.loss.data[0])]
    ensure(to < from, `it was ${from}, then ${to}`)
  },
}

/** What must hold of every loss. */
export const lossProperties: readonly Property<Loss>[] = [scalar, gradient, mean, finite, downhill]

/** The examples of a loss crossed with {@link lossProperties}. */
export const lossCases = (entry: Entry<Loss>): Case[] => casesOf(entry, lossProperties)

/**
 * Puts a loss through its conformance suite; `input` of an example is the shape of the model's output ([4, 3] by default).
 * @throws with all that failed.
 */
export const checkLoss = (entry: Entry<Loss>): Promise<void> => runAll(lossCases(entry))
