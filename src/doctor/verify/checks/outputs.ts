import type { Tensor } from '../../../core/index.ts'
import { type Check, measured, short, type Verdict } from '../check.ts'
import { type LossValues, lossValues, shareOf } from '../loss-values.ts'
import { moved } from '../moved.ts'
import type { Subject } from '../subject.ts'

/** So many times the parameters are drawn until a score is negative: by chance it would have to be positive each time. */
const DRAWS = 12

/**
 * Whether a loss that takes scores gets scores. A softmax or sigmoid at the end of the model, where the loss has one inside,
 * leaves a loss that cannot come near 0 and gradients that fade; a ReLU leaves scores that cannot fall below 0.
 */
export const outputs: Check = {
  name: 'outputs',
  title: 'scores for the loss',
  async run(subject) {
    const { loss } = subject.prepared
    if (loss.task === 'regression')
      return { severity: 'fine', title: 'numbers, not scores', evidence: { loss: loss.name } }
    const samples = await subject.samples(subject.batchSize)
    const seen = await drawOutputs(subject)
    const values = await lossValues(loss, seen[0]!.shape.slice(1), samples)
    const range = rangeOf(seen)
    const evidence = {
      loss: loss.name,
      smallest: measured(range.low),
      largest: measured(range.high),
      leastLossOfProbabilities: measured(values.probabilities!),
      leastLossOfScores: measured(values.floor),
    }
    const takesScores = shareOf(values.probabilities!, values) > 0.02
    if (range.low < 0 || !takesScores)
      return {
        severity: 'fine',
        title: takesScores ? `${loss.name} gets scores` : `${loss.name} gets probabilities`,
        evidence,
      }
    const sums = loss.task === 'classification' && seen.every(addsUpToOne)
    if (sums || range.high <= 1) return probabilities(subject, values, { sums, evidence })
    return neverNegative(evidence)
  },
}

/** Outputs for parameters beside different starts: bounded by the model, or by chance? */
async function drawOutputs(subject: Subject): Promise<Tensor[]> {
  const probe = await subject.probe()
  const seen: Tensor[] = []
  for (let draw = 0; draw < DRAWS; draw++) {
    const tensors = moved(subject.prepared.model, subject.start, draw, 1)
    const { output } = await probe.read(tensors)
    seen.push(output)
    if (rangeOf([output]).low < 0) break
  }
  return seen
}

function rangeOf(seen: readonly Tensor[]): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { data } of seen)
    for (const value of data as Float32Array) [low, high] = [Math.min(low, value), Math.max(high, value)]
  return { low, high }
}

function addsUpToOne({ data, shape }: Tensor): boolean {
  const classes = shape[1]!
  for (let row = 0; row < shape[0]!; row++) {
    const scores = (data as Float32Array).subarray(row * classes, (row + 1) * classes)
    if (Math.abs(scores.reduce((sum, p) => sum + p, 0) - 1) > 1e-3) return false
  }
  return true
}

function probabilities(
  { prepared: { loss } }: Subject,
  { probabilities: reachable }: LossValues,
  { sums, evidence }: { readonly sums: boolean; readonly evidence: Verdict['evidence'] },
): Verdict {
  const layer = sums ? 'softmax' : 'sigmoid'
  return {
    severity: 'problem',
    title: `the model ends with probabilities (${layer}), but ${loss.name} takes scores`,
    evidence,
    explanation:
      `${loss.name} applies ${loss.task === 'binary' ? 'the sigmoid' : 'softmax'} itself. Twice, even perfect answers ` +
      `cost ${short(reachable!)}, and the gradients of sure answers fade.`,
    suggestions: [{ title: `leave the ${layer} at the end of the model out`, change: { output: 'logits' } }],
  }
}

const neverNegative = (evidence: Verdict['evidence']): Verdict => ({
  severity: 'warning',
  title: 'scores are never negative: an activation such as ReLU comes after the last layer',
  evidence,
  explanation:
    'A score that has fallen to 0 gets no gradient any more, whether it is right or wrong: its class can be lost for good.',
  suggestions: [{ title: 'end the model with a linear layer' }],
})
