import type { Tensor } from '../../../core/index.ts'
import { type Check, measured, short, type Verdict } from '../check.ts'
import { lossValues } from '../loss-values.ts'

/**
 * From which loss on (as a multiple of the expected one) and from which spread of the scores on a start is worth a word, or wrong.
 * Both must be exceeded: losses that grow with the square of scores are high soon.
 */
const HIGH = { times: 2.5, spread: 3 }
const FAR_TOO_HIGH = { times: 10, spread: 10 }

/**
 * The loss before the first step against that of a model that knows nothing (ln C for softmax cross-entropy, (C - 1) margin for
 * the hinge, ln 2 for yes or no), which is found by handing the loss equal scores.
 */
export const initialLoss: Check = {
  name: 'initial-loss',
  title: 'the loss before training',
  async run(subject) {
    const { loss: kind } = subject.prepared
    const samples = await subject.samples(subject.batchSize)
    const { loss, output } = await subject.atStart()
    const { chance, floor } = await lossValues(kind, output.shape.slice(1), samples)
    const evidence = { loss: measured(loss), expected: measured(chance), samples: samples.count }
    if (!Number.isFinite(loss)) return notFinite(loss, evidence)
    const title = `initial loss ${short(loss)}, expected ${short(chance)}`
    if (kind.task !== 'regression' && loss < floor + (chance - floor) / 2) return tooLow(title, evidence)
    const spread = spreadOf(output)
    const exceeds = (limit: typeof HIGH) =>
      kind.task !== 'regression' && loss > limit.times * chance && spread > limit.spread
    const severity = exceeds(FAR_TOO_HIGH) ? 'problem' : exceeds(HIGH) ? 'warning' : 'fine'
    return severity === 'fine' ? { severity, title, evidence } : tooHigh(severity, title, evidence)
  },
}

/** The standard deviation of scores around the mean of their sample; around 0 if there is one per sample. */
function spreadOf({ data, shape }: Tensor): number {
  const values = data as Float32Array
  const width = values.length / shape[0]!
  let squares = 0
  for (let row = 0; row < shape[0]!; row++) {
    const scores = values.subarray(row * width, (row + 1) * width)
    const mean = width > 1 ? scores.reduce((sum, score) => sum + score, 0) / width : 0
    for (const score of scores) squares += (score - mean) ** 2
  }
  return Math.sqrt(squares / values.length)
}

type Evidence = Verdict['evidence']

const notFinite = (loss: number, evidence: Evidence): Verdict => ({
  severity: 'problem',
  title: `the loss is ${loss} before the first step`,
  evidence,
  explanation:
    'A number in the inputs is not finite, or activations grow from layer to layer until they overflow.',
  suggestions: [
    { title: 'look at the checks inputs and scale' },
    { title: 'put norms between the layers, or scale their first weights by 1 / sqrt(fan in)' },
  ],
})

const tooHigh = (severity: 'warning' | 'problem', title: string, evidence: Evidence): Verdict => ({
  severity,
  title,
  evidence,
  explanation:
    'Before training a model should find all answers about equally likely. This one is sure, and wrong: its scores are too ' +
    'large, and the first steps only serve to make them smaller.',
  suggestions: [
    { title: 'start the last layer small: nn.linear(features, classes, { init: init.normal(0.01) })' },
    { title: 'look at the checks inputs and scale: large scores can come from before' },
  ],
  more: 'Goyal et al., Accurate, Large Minibatch SGD, 2017, section 5.1',
})

const tooLow = (title: string, evidence: Evidence): Verdict => ({
  severity: 'warning',
  title: `${title}: the model knows answers before it has learned`,
  evidence,
  explanation: 'Weights that are not trained yet cannot do that: the label may be among the inputs.',
  suggestions: [{ title: 'look for the label, or what follows from it, among the inputs' }],
})
