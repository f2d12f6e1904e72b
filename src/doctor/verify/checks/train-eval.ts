import { Graph, type Value } from '../../../graph/index.ts'
import { type LayerCall, trace } from '../../../nn/index.ts'
import { abs, max, mean, sub, sumSquare } from '../../../ops/index.ts'
import { compileGraph } from '../../../runtime/index.ts'
import { type Check, measured, short, type Verdict } from '../check.ts'
import { feed, forward, leavesOf } from '../probe.ts'
import type { Samples, Subject } from '../subject.ts'

/** Differences between training and evaluation that rounding explains, relative to the spread of the outputs. */
const TOLERANCE = 1e-3

/**
 * Whether evaluation computes what training did: without chance, and with the running statistics of norms equal to those of the
 * batch, both must give the same outputs. For classes a number common to all scores of a sample does not count.
 */
export const trainEval: Check = {
  name: 'train-eval',
  title: 'evaluation that agrees with training',
  async run(subject) {
    const samples = await subject.samples(subject.batchSize)
    const found = await differences(subject, samples)
    const change = found.at(-1)!.change
    const evidence = { largestDifference: measured(change), tolerance: TOLERANCE }
    if (change <= TOLERANCE)
      return {
        severity: 'fine',
        title: `the same outputs in training and evaluation, but for ${short(change)}`,
        evidence,
      }
    const first = found.find((layer) => layer.change > TOLERANCE)!
    return disagrees(first, evidence)
  },
}

interface Difference {
  readonly name: string
  readonly change: number
  /** Whether the layer keeps something besides parameters. */
  readonly hasBuffers: boolean
}

async function differences(subject: Subject, samples: Samples): Promise<Difference[]> {
  const { inputs, x, traced } = forward(subject, samples.count)
  const { calmModel, frozen, prepared } = subject
  const values = new Map(traced.tensors)
  for (const { buffers, mean, variance } of traced.observations)
    values.set(buffers.mean, mean).set(buffers.variance, variance)
  const evaluated = trace(calmModel, x, { training: false, frozen, values })
  const center = prepared.loss.task === 'classification' ? centered : (y: Value) => y
  const pairs = [
    ...pairsOf(traced.calls, evaluated.calls),
    {
      name: 'the output',
      hasBuffers: false,
      pair: [center(traced.output), center(evaluated.output)] as const,
    },
  ]
  const outputs = Object.fromEntries(pairs.flatMap(({ pair }, i) => compare(pair, i)))
  const program = await compileGraph(new Graph(inputs, outputs), subject.compile)
  feed(program, samples)
  const results = await program.call(Object.fromEntries(subject.generic))
  return pairs.map(({ name, hasBuffers }, i) => {
    const number = (what: string) => Number(results[`${what}:${i}`]!.data[0])
    const size = Math.sqrt(number('squares'))
    return { name, hasBuffers, change: size > 0 ? number('change') / size : number('change') }
  })
}

/** Innermost layers, in training and in evaluation; of one that runs several times its first run. */
function pairsOf(training: readonly LayerCall[], evaluation: readonly LayerCall[]) {
  const others = leavesOf(evaluation)
  return leavesOf(training).flatMap(({ path, layer, output }) => {
    const other = others.find((call) => call.path === path)?.output
    if (!other || String(other) !== String(output)) return []
    const name = path ? `${layer.type} "${path}"` : layer.type
    return [{ name, hasBuffers: Object.keys(layer.buffers).length > 0, pair: [output, other] as const }]
  })
}

const centered = (scores: Value) => sub(scores, mean(scores, { axes: 1, keepDims: true }))

/** The largest difference, and the mean square of what is compared. */
function compare([a, b]: readonly [Value, Value], i: number): [string, Value][] {
  const size = a.shape.reduce((product, n) => product * n, 1)
  return [
    [`change:${i}`, max(abs(sub(a, b)))],
    [`squares:${i}`, sumSquare(a).mul(1 / size)],
  ]
}

function disagrees({ name, hasBuffers, change }: Difference, evidence: Verdict['evidence']): Verdict {
  return {
    severity: hasBuffers ? 'warning' : 'problem',
    title: `evaluation gives other outputs than training, from ${name} on: ${short(change)} times their size`,
    evidence,
    explanation:
      'Chance was off and norms had the statistics of the batch, so the two should agree. Otherwise what is evaluated and ' +
      'exported is not the network that was trained.',
    suggestions: [
      { title: `look in ${name} for what depends on context.training` },
      { title: 'what is scaled in training must have the same mean in evaluation, as nn.dropout does' },
    ],
  }
}
