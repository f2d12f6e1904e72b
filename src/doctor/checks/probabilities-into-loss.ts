import { defineCheck, evidence } from '../check.ts'
import { layerName } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { layerLike, layersOf, madeUpRun } from '../made-up-run.ts'

/** Losses that take scores as they are, and make probabilities of them themselves. */
const FROM_SCORES = ['crossEntropy', 'focal', 'bceWithLogits', 'binaryFocal', 'klDivergence']

/** Last layers that make probabilities, and others that cut scores off. The logarithm of a softmax does no harm. */
const PROBABILITIES = /^(softmax|sigmoid|hardSigmoid)$/i
const CUT =
  /^(relu|relu6|leakyRelu|prelu|elu|selu|tanh|hardTanh|softsign|softplus|gelu|silu|swish|mish|hardSwish)$/i

/** How far from 1 / C the mean of C probabilities may be: rounding only. */
const ROUNDING = 1e-4

/** A loss that expects scores and gets probabilities, or scores that are cut off. */
export const probabilitiesIntoLoss = defineCheck(
  'probabilities-into-loss',
  {
    sure: true,
    explains: [
      'under-fitting',
      'plateau',
      'rate-too-low',
      'vanishing-gradients',
      'saturation',
      'dead-units',
      'rate-too-high',
    ],
    diagnose(history) {
      const last = history.layers.at(-1)
      if (!history.recipe || !FROM_SCORES.includes(history.recipe.loss.name)) return []
      const named = last !== undefined && PROBABILITIES.test(last.type)
      const seen = looksLikeSoftmax(history)
      const cut = last !== undefined && CUT.test(last.type)
      if (!named && !seen && !cut) return []
      const loss = history.recipe.loss.name
      const what = last ? layerName(last) : 'the last layer'
      const [lowest, best] = named || seen ? lowestLoss(history) : []
      return [
        {
          severity: named || seen ? 'problem' : 'warning',
          title:
            named || seen
              ? `${what} gives probabilities, but ${loss} expects scores (logits)`
              : `${what} cuts off the scores that ${loss} gets`,
          evidence: {
            layer: last?.path ?? null,
            loss,
            lowestPossibleLoss: evidence(lowest),
            lowestLoss: evidence(best),
          },
          explanation:
            named || seen
              ? `${loss} makes probabilities of the scores itself. Done twice, even a sure answer costs` +
                `${lowest === undefined ? ' a lot' : ` ${lowest.toFixed(2)}`}, and hardly any gradient is left to learn from.`
              : `${loss} needs scores of both signs and any size: an activation at the end takes those away.`,
          suggestions: [
            { title: `leave ${what} out: give the loss the scores`, change: { output: 'logits' } },
          ],
          more: 'docs/doctor.md#probabilities-into-loss',
        },
      ]
    },
  },
  {
    doc: 'A loss that expects scores gets probabilities (softmax twice), or scores behind an activation.',
    examples: [
      {
        name: 'softmax twice',
        events: () =>
          madeUpRun({ layers: layersOf('linear', 'relu', 'linear', 'softmax'), loss: (t) => 2.3 - 0.8 * t }),
      },
      {
        name: 'by another name',
        events: () =>
          madeUpRun({
            layers: layersOf('linear', 'mine'),
            statistics: () => ({ layers: [layerLike('1', 'mine', { mean: 0.1, std: 0.2 })] }),
          }),
      },
      {
        name: 'ReLU at the end',
        events: () => madeUpRun({ layers: layersOf('linear', 'relu', 'linear', 'relu') }),
      },
    ],
  },
)

/** Whether the outputs of the last layer have the mean of probabilities of so many classes, whenever one looks. */
function looksLikeSoftmax({ samples, start, layers }: RunHistory): boolean {
  const classes = start?.data?.classes
  const path = layers.at(-1)?.path
  if (!classes || samples.length < 2 || path === undefined) return false
  return samples.every((sample) => {
    const output = sample.layers.find((layer) => layer.path === path)
    return (
      output !== undefined &&
      Math.abs(output.mean * classes - 1) < ROUNDING &&
      output.std < 1 &&
      output.std > 0
    )
  })
}

/** What crossEntropy of probabilities cannot fall below, and how low it came. */
function lowestLoss({ start, recipe, wholeEpochs }: RunHistory): [number | undefined, number | undefined] {
  const classes = start?.data?.classes
  const lowest =
    recipe?.loss.name === 'crossEntropy' && classes ? Math.log(1 + (classes - 1) / Math.E) : undefined
  return [lowest, wholeEpochs.at(-1)?.train.loss]
}
