import { type Check, measured, short, type Verdict } from '../check.ts'
import { lossValues } from '../loss-values.ts'

/** Times the expected loss from which on a start is worth a word, and from which on something is wrong. */
const [HIGH, FAR_TOO_HIGH] = [2.5, 10]

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
    const severity =
      kind.task === 'regression' || loss <= HIGH * chance
        ? 'fine'
        : loss <= FAR_TOO_HIGH * chance
          ? 'warning'
          : 'problem'
    return severity === 'fine' ? { severity, title, evidence } : tooHigh(severity, title, evidence)
  },
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
