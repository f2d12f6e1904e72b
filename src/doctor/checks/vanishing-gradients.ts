import { defineCheck, evidence } from '../check.ts'
import { isNorm, isSquashing } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { layersOf, madeUpRun, parameterLike } from '../made-up-run.ts'
import { chance, mean, median, short, stretches } from '../measure.ts'
import { isDrivenByRate } from '../rates.ts'

/** The gradient of the first weights by that of the last: about 1 in a healthy net, whatever it is made of. */
const WARNING = 0.03
const PROBLEM = 0.005

/** The same for a net that learns nothing: three sigmoids are enough to hold the first layer back. */
const WARNING_OF_STUCK = 0.1

/** Gradients that fade on their way back, so that the first layers hardly learn. */
export const vanishingGradients = defineCheck(
  'vanishing-gradients',
  {
    explains: ['under-fitting', 'plateau', 'rate-too-low'],
    diagnose(history) {
      const norms = gradientsByDepth(history)
      // A head that starts small holds back all before it alike.
      const [last, first] = [norms.at(-2), norms[0]]
      if (norms.length < 3 || isDrivenByRate(history) || !first || !last || !(last.norm > 0)) return []
      const ratio = first.norm / last.norm
      if (!(ratio < (learnsNothing(history) ? WARNING_OF_STUCK : WARNING))) return []
      const from = norms.findLast(({ norm }) => norm < Math.sqrt(ratio) * last.norm) ?? first
      const squashes = history.layers.some(isSquashing)
      return [
        {
          severity: ratio < PROBLEM ? 'problem' : 'warning',
          title: `gradients vanish: that of "${first.name}" is ${short(ratio)} of that of "${last.name}"`,
          evidence: {
            ratio: evidence(ratio),
            from: from.name,
            norms: norms.map(({ name, norm }) => ({ name, norm: evidence(norm) })),
          },
          explanation:
            'On its way back the gradient is multiplied by the slope of every activation and by every weight. Where those are small, the first ' +
            `layers get next to nothing and stay as they started.${squashes ? ' The slope of a sigmoid is at most 1/4.' : ''}`,
          suggestions: [
            ...(squashes
              ? [
                  {
                    title: 'take ReLU, with Kaiming weights',
                    change: { activation: 'relu', init: 'kaiming' },
                  },
                ]
              : [{ title: 'start from Kaiming weights', change: { init: 'kaiming' } }]),
            ...(history.layers.some(isNorm)
              ? []
              : [{ title: 'normalize before the activations', change: { normalization: 'batchNorm' } }]),
            { title: 'let blocks add to their input (residual)' },
          ],
          more: 'docs/doctor.md#vanishing-gradients',
        },
      ]
    },
  },
  {
    doc: 'Gradients that fade from layer to layer on their way back.',
    source: 'Hochreiter, Untersuchungen zu dynamischen neuronalen Netzen, 1991; Glorot and Bengio, 2010',
    examples: [
      {
        name: 'through sigmoids',
        events: () =>
          madeUpRun({
            layers: layersOf('linear', 'sigmoid', 'linear', 'sigmoid', 'linear'),
            statistics: () => ({
              parameters: [
                parameterLike('0.weight', { gradientNorm: 1e-5 }),
                parameterLike('3.weight', { gradientNorm: 2e-3 }),
                parameterLike('5.weight', { gradientNorm: 0.5 }),
              ],
            }),
          }),
      },
    ],
  },
)

/** Whether the loss is still that of knowing nothing, after more steps than a warm-up takes. */
function learnsNothing(history: RunHistory): boolean {
  const guess = chance(history)?.loss
  return (
    guess !== undefined &&
    history.losses.length > 40 &&
    mean(stretches(history.losses, 4).slice(-1)) > 0.97 * guess
  )
}

/** The norm of each weight's gradient, as it is as a rule. */
function gradientsByDepth(history: RunHistory): { readonly name: string; readonly norm: number }[] {
  const { samples } = history
  // At the very start a last layer that starts small holds back all before it.
  const settled = samples.length > 4 ? samples.slice(Math.ceil(samples.length / 10)) : samples
  return weightNames(history).map((name) => ({
    name,
    norm: median(
      settled.flatMap(
        ({ parameters }) => parameters.find((other) => other.name === name)?.gradientNorm ?? [],
      ),
    ),
  }))
}

const weightNames = ({ samples, weights }: RunHistory): string[] => {
  const trained = new Set(samples[0]?.parameters.map(({ name }) => name))
  return weights.map(({ name }) => name).filter((name) => trained.has(name))
}
