import {
  type Entry,
  type Example,
  ensure,
  formatShape,
  numbersOf,
  sameShape,
  type Tensor,
} from '../../core/index.ts'
import type { Loss } from '../../nn/index.ts'
import { mean, mul } from '../../ops/index.ts'
import {
  byRate,
  chain,
  givenRate,
  type Link,
  type Optimizer,
  scheduled,
  updateGraph,
} from '../../optim/index.ts'
import { type Case, casesOf, type Property, runAll } from './case.ts'
import { expectClose, expectFinite, expectSameBits, expectSameNames } from './compare.ts'
import { expectSolved, noisyQuadratic, type Problem, parabola, rosenbrock } from './problems.ts'
import { snapshotOf, throughFile, traineeOf } from './trainee.ts'

const solves = (problem: Problem): Property<Optimizer> => ({
  name: `finds the lowest point of ${problem.name} at some rate, and stays there`,
  check: ({ make }) => expectSolved(problem, make()),
})

const learns: Property<Optimizer> = {
  name: 'changes every parameter, and keeps finite state of the same names, shapes and dtypes',
  async check({ make }) {
    const trainee = await traineeOf(make())
    const before = snapshotOf(trainee)
    await trainee.train(0, 5)
    const after = snapshotOf(trainee)
    expectSameNames([...after.keys()], [...before.keys()], 'state')
    for (const [name, found] of after) {
      const { dtype, shape } = before.get(name)!
      const kept = found.dtype === dtype && sameShape(found.shape, shape)
      ensure(
        kept,
        `${name}: ${dtype} ${formatShape(shape)} became ${found.dtype} ${formatShape(found.shape)}`,
      )
      expectFinite(found, name)
    }
    for (const name of trainee.tensors.keys()) {
      const moved = after.get(name)!.data.some((value, i) => value !== before.get(name)!.data[i])
      ensure(moved, `"${name}" is the same after 5 steps`)
    }
  },
}

const dtypes: Property<Optimizer> = {
  name: 'an update in the dtype of the parameter',
  check({ make }) {
    for (const dtype of ['float32', 'float64'] as const) {
      const graph = updateGraph(make(), { name: 'weight', shape: [2, 3], decay: true, dtype })
      for (const [i, name] of graph.outputNames.entries()) {
        const [found, held] = [graph.outputs[i]!, graph.inputs.find((value) => value.name === name)]
        ensure(held, `the update makes "${name}" of nothing`)
        const kept = found.dtype === held.dtype && sameShape(found.shape, held.shape)
        ensure(kept, `"${name}" was ${held}, after the update it is ${found}`)
      }
    }
  },
}

const resumes: Property<Optimizer> = {
  name: 'goes through a checkpoint to the same bits',
  async check({ make }) {
    const whole = await traineeOf(make())
    await whole.train(0, 20)
    const part = await traineeOf(make())
    await part.train(0, 7)
    const resumed = await traineeOf(make(), { checkpoint: throughFile(snapshotOf(part)) })
    await resumed.train(7, 20)
    expectSameSnapshot(snapshotOf(resumed), snapshotOf(whole))
  },
}

const follows: Property<Optimizer> = {
  name: 'accepts a schedule: a constant one changes nothing, at rate 0 it stands still',
  async check({ make }) {
    const given = givenRate(make())
    if (typeof given !== 'number') return // it follows a schedule already
    const [plain, constant] = [await traineeOf(make()), await traineeOf(scheduled(make(), () => given))]
    await plain.train(0, 5)
    await constant.train(0, 5)
    expectSameSnapshot(snapshotOf(constant), snapshotOf(plain))
    const stopping = await traineeOf(scheduled(make(), (step) => (step < 5 ? given : 0)))
    await stopping.train(0, 5)
    const reached = snapshotOf(stopping)
    await stopping.train(5, 8)
    for (const [name, held] of stopping.tensors) expectSameBits(held, reached.get(name)!, name)
  },
}

const accumulates: Property<Optimizer> = {
  name: 'a batch in two parts is the batch in one',
  async check({ make }) {
    const [whole, parts] = [await traineeOf(make()), await traineeOf(make(), { accumulate: 2 })]
    await whole.train(0, 5)
    await parts.train(0, 5)
    const expected = snapshotOf(whole)
    // Sums in another order: what divides by the root of a small square makes more of their rounding.
    for (const [name, held] of snapshotOf(parts)) expectClose(held, expected.get(name)!, name, 1e-5)
  },
}

/** A loss that never changes: all gradients are 0. */
const indifferent: Loss = {
  name: 'indifferent',
  task: 'regression',
  targetDType: 'float32',
  targetShape: (output) => output,
  apply: (output) => mean(mul(output, 0)),
}

const still: Property<Optimizer> = {
  name: 'without gradients nothing moves, unless it decays',
  async check({ make }) {
    const trainee = await traineeOf(make(), { loss: indifferent })
    const before = snapshotOf(trainee)
    await trainee.train(0, 3)
    for (const [name, held] of trainee.tensors) expectKeptOrShrunk(held, before.get(name)!, name)
  },
}

/** Fails unless all elements are as they were, or all have come nearer to 0. */
function expectKeptOrShrunk(found: Tensor, before: Tensor, name: string): void {
  const pairs = numbersOf(found).map((value, i) => [value, Number(before.data[i])] as const)
  if (pairs.every(([now, then]) => now === then)) return
  const grown = pairs.find(([now, then]) => !(Math.abs(now) < Math.abs(then) || (now === 0 && then === 0)))
  ensure(!grown, `"${name}": an element went from ${grown?.[1]} to ${grown?.[0]}`)
}

function expectSameSnapshot(found: ReadonlyMap<string, Tensor>, expected: ReadonlyMap<string, Tensor>): void {
  expectSameNames([...found.keys()], [...expected.keys()], 'tensors')
  for (const [name, held] of found) expectSameBits(held, expected.get(name)!, name)
}

const mechanics = [learns, dtypes, resumes, follows, accumulates, still]

/** What must hold of every optimizer. */
export const optimizerProperties: readonly Property<Optimizer>[] = [
  solves(parabola),
  solves(rosenbrock),
  solves(noisyQuadratic),
  ...mechanics,
]

/** What must hold of every link: the chain of it alone behaves like an optimizer. How fast it is depends on the others. */
export const transformProperties: readonly Property<Link>[] = [solves(parabola), ...mechanics].map(
  ({ name, check }) => ({
    name,
    check: (example, entry) => check(inChain(example), { ...entry, examples: entry.examples.map(inChain) }),
  }),
)

/** A link in a chain of its own. */
const inChain = ({ name, make }: Example<Link>): Example<Optimizer> => ({
  name,
  make() {
    const link = make()
    if (link.afterRate) return chain(byRate(0.1), link)
    return link.rate === undefined ? chain(link, byRate(0.1)) : chain(link)
  },
})

/** The examples of an optimizer crossed with {@link optimizerProperties}. */
export const optimizerCases = (entry: Entry<Optimizer>): Case[] => casesOf(entry, optimizerProperties)

/** The examples of a link crossed with {@link transformProperties}. */
export const transformCases = (entry: Entry<Link>): Case[] => casesOf(entry, transformProperties)

/**
 * Puts an optimizer through its conformance suite. Rates from 10 to 1e-4 are tried: it need not be good at its own.
 * @throws with all that failed.
 */
export const checkOptimizer = (entry: Entry<Optimizer>): Promise<void> => runAll(optimizerCases(entry))

/**
 * Puts a link of an optimizer through its conformance suite.
 * @throws with all that failed.
 */
export const checkTransform = (entry: Entry<Link>): Promise<void> => runAll(transformCases(entry))
