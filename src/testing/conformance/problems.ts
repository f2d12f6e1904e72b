import { GradusError, Random, type Tensor, tensor } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import type { Layer, Loss } from '../../nn/index.ts'
import { add, mean, mul, sub, sum } from '../../ops/index.ts'
import { givenRate, type Optimizer, scheduled } from '../../optim/index.ts'
import { createTrainStep, type TrainStep } from '../../train/step/step.ts'

/** Something to minimize: a point p that starts somewhere, with a loss of the values x + p for the rows x of a batch. */
export interface Problem {
  readonly name: string
  readonly start: readonly number[]
  readonly steps: number
  /** The share of the first score that has to be reached. */
  readonly reach: number
  /** How far from solved a point is, without noise. */
  score(p: readonly number[]): number
  /** The same as a loss; it sees [N, n]. */
  loss(points: Value): Value
  /** The rows of the batch of a step; the origin by default. */
  batch?(step: number): readonly number[]
}

const curvature = [1, 10]

/** A bowl that is ten times as steep along one axis. */
export const parabola: Problem = {
  name: 'a parabola',
  start: [3, -2],
  steps: 250,
  reach: 0.01,
  score: ([a, b]) => a! ** 2 + 10 * b! ** 2,
  loss: (points) => mean(sum(mul(mul(points, points), constant(curvature)), { axes: 1 })),
}

/** A curved valley with its lowest point at (1, 1), which has to be followed. Source: Rosenbrock, 1960. */
export const rosenbrock: Problem = {
  name: 'the valley of Rosenbrock',
  start: [0, 0],
  steps: 1000,
  reach: 0.2,
  score: ([a, b]) => (1 - a!) ** 2 + 100 * (b! - a! ** 2) ** 2,
  loss(points) {
    const [a, b] = [
      [1, 0],
      [0, 1],
    ].map((axis) => sum(mul(points, constant(axis)), { axes: 1 }))
    const [slope, wall] = [sub(1, a!), sub(b!, mul(a!, a!))]
    return mean(add(mul(slope, slope), mul(mul(wall, wall), 100)))
  },
}

const center = [1, -1, 2, 0.5]

/** A bowl of which each step sees 8 points that lie around its center with a standard deviation of 1. */
export const noisyQuadratic: Problem = {
  name: 'a noisy quadratic',
  start: [-2, 2, -1, 3],
  steps: 250,
  reach: 0.03,
  score: (p) => p.reduce((total, x, i) => total + (x - center[i]!) ** 2, 0),
  loss: (points) => mean(sum(mul(points, points), { axes: 1 })),
  batch(step) {
    const random = new Random('noise', step)
    return Array.from({ length: 32 }, (_, i) => random.normal() - center[i % 4]!)
  },
}

/** A model whose output is x + p. Its parameter does not decay, so that decay does not move the solution. */
function pointAt(start: readonly number[]): Layer {
  const init = () => tensor(start)
  return {
    type: 'point',
    params: { p: { shape: [start.length], init, decay: false } },
    buffers: {},
    children: {},
    forward: (x, { p }) => add(x, p!),
  }
}

const lossOf = ({ name, loss }: Problem): Loss => ({
  name,
  task: 'regression',
  targetDType: 'float32',
  targetShape: () => [1],
  apply: loss,
})

/** The rates that are tried, the likely ones first: what suits one optimizer makes another explode. */
export const RATES = [0.1, 0.01, 3e-3, 0.03, 1, 0.3, 1e-3, 3, 10, 3e-4, 1e-4]

/** An optimizer with another rate; one that follows a schedule of its own stays as it is. */
export function atRate(optimizer: Optimizer, rate: number): Optimizer {
  return typeof givenRate(optimizer) === 'number' ? scheduled(optimizer, () => rate) : optimizer
}

/**
 * Minimizes with each of {@link RATES} until one of them solves the problem: the mean score of the last tenth of the steps
 * has to come to the share `reach` of the first score, and so the optimizer has to stay there, too.
 * @throws with the best that was reached.
 */
export async function expectSolved(problem: Problem, optimizer: Optimizer): Promise<void> {
  const goal = problem.reach * problem.score(problem.start)
  const reached: string[] = []
  for (const rate of RATES) {
    const score = await settle(problem, atRate(optimizer, rate))
    if (score <= goal) return
    reached.push(`${rate}: ${score.toPrecision(3)}`)
  }
  throw new GradusError(`${problem.name}: no rate comes down to ${goal}`, [reached.join(', ')])
}

const EXPLODED = 1e6

async function settle(problem: Problem, optimizer: Optimizer): Promise<number> {
  const { start, steps, batch = () => start.map(() => 0) } = problem
  const tensors = new Map<string, Tensor>([['p', tensor(start)]])
  const n = start.length
  const step = await createTrainStep({
    model: pointAt(start),
    loss: lossOf(problem),
    inputShape: [n],
    batchSize: batch(0).length / n,
    optimizer,
    horizon: { steps, stepsPerEpoch: steps / 10 },
    seed: 0,
    tensors,
    threads: 1,
    lowering: false,
  })
  const first = problem.score(start)
  let total = 0
  for (let at = 0; at < steps; at++) {
    const score = await scoreAfter(step, at, batch(at), () =>
      problem.score([...(tensors.get('p')!.data as Float32Array)]),
    )
    // It explodes, or it is no nearer than it was when a quarter of the time is over.
    if (!(score < (at < steps / 4 ? EXPLODED : first))) return Number.POSITIVE_INFINITY
    if (at >= steps * 0.9) total += score
  }
  return total / (steps * 0.1)
}

async function scoreAfter(
  step: TrainStep,
  at: number,
  rows: readonly number[],
  score: () => number,
): Promise<number> {
  step.inputs.data.set(rows)
  const { loss } = await step.run(at)
  return Number.isFinite(loss) ? score() : Number.POSITIVE_INFINITY
}
