import { Graph, input, type Value } from '../../../graph/index.ts'
import { trace } from '../../../nn/index.ts'
import { abs, max, slice, sub } from '../../../ops/index.ts'
import { compileGraph } from '../../../runtime/index.ts'
import { type Check, measured, short, type Verdict } from '../check.ts'
import { leavesOf } from '../probe.ts'
import type { Subject } from '../subject.ts'

/** Samples in the batch. */
const BATCH = 4
/** What rounding can make of a sum that is taken in another order, relative to the largest number. */
const TOLERANCE = 1e-5

/**
 * Whether a prediction depends on the other samples of its batch: in evaluation one sample is replaced by another, and the outputs
 * of the rest must stay. In training batch norms may look at the batch, so that it would not be seen there.
 */
export const batchMixing: Check = {
  name: 'batch-mixing',
  title: 'predictions that do not depend on their neighbors',
  async run(subject) {
    const { inputs, count } = await subject.samples(BATCH + 1)
    if (count < 3) return { severity: 'fine', title: 'too few samples to tell', evidence: { samples: count } }
    const size = inputs.length / count
    const given = inputs.subarray(0, (count - 1) * size)
    const other = given.slice()
    other.set(inputs.subarray((count - 1) * size), (count - 2) * size)
    const found = await differences(subject, given, other, count - 1)
    const { change } = found.at(-1)!
    const evidence = { largestChange: measured(change), tolerance: TOLERANCE, batch: count - 1 }
    if (change <= TOLERANCE)
      return {
        severity: 'fine',
        title: `with another neighbor outputs change by ${short(change)} at most`,
        evidence,
      }
    const first = found.find((layer) => layer.change > TOLERANCE)!
    return mixes(first.name, { ...evidence, layer: first.name })
  },
}

interface Difference {
  readonly name: string
  /** The largest change of the other samples, relative to the largest number. */
  readonly change: number
}

/** What becomes of the samples but the last when the last one is another: by layer, and at the end the outputs. */
async function differences(
  { prepared: { model }, inputShape, generic, compile }: Subject,
  given: Float32Array,
  other: Float32Array,
  count: number,
): Promise<Difference[]> {
  const x = input('given', [count, ...inputShape])
  const y = input('other', [count, ...inputShape])
  const a = trace(model, x, { training: false })
  const b = trace(model, y, { training: false, values: a.tensors })
  const leavesOfB = leavesOf(b.calls)
  const pairs = leavesOf(a.calls).map(({ path, layer, output }, i) => ({
    name: path ? `${layer.type} "${path}"` : layer.type,
    pair: [output, leavesOfB[i]!.output] as const,
  }))
  const all = [...pairs, { name: 'the output', pair: [a.output, b.output] as const }]
  const kept = all.filter(({ pair }) => pair[0].shape[0] === count)
  const outputs = Object.fromEntries(kept.flatMap(({ pair }, i) => compare(pair, count, i)))
  const program = await compileGraph(new Graph([x, y, ...a.tensors.values()], outputs), compile)
  const results = await program.call({ ...Object.fromEntries(generic), given, other })
  return kept.map(({ name }, i) => {
    const [moved, size] = [results[`change:${i}`]!, results[`size:${i}`]!].map(({ data }) => Number(data[0]))
    return { name, change: size! > 0 ? moved! / size! : moved! }
  })
}

function compare([a, b]: readonly [Value, Value], count: number, i: number): [string, Value][] {
  const rest = (value: Value) => slice(value, { starts: 0, ends: count - 1 })
  return [
    [`change:${i}`, max(abs(sub(rest(a), rest(b))))],
    [`size:${i}`, max(abs(a))],
  ]
}

const mixes = (layer: string, evidence: Verdict['evidence']): Verdict => ({
  severity: 'problem',
  title: `predictions depend on the other samples of the batch, from ${layer} on`,
  evidence,
  explanation:
    'Another neighbor gives a sample another prediction. Alone, or in a batch of another size, the model then says something ' +
    'else than in the evaluation; most often an operation goes over axis 0, the batch, that should go over another axis.',
  suggestions: [
    {
      title: `look in ${layer} for a mean, sum, max or softmax over axis 0, and for a reshape that moves samples`,
    },
    { title: 'take running statistics in evaluation, as nn.batchNorm2d does' },
  ],
})
