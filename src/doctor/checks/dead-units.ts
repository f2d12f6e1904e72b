import type { LayerStatistics } from '../../train/index.ts'
import { defineCheck, evidence } from '../check.ts'
import { layerName } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { layerLike, madeUpRun } from '../made-up-run.ts'
import { percent, smallest } from '../measure.ts'

/** The share of dead ReLUs that the textbook gives for a rate that is too high is 40%; a fifth is worth a word. */
const PROBLEM = 0.4
const WARNING = 0.2

/** A unit that was silent for fewer samples than this may speak for the next one. */
const SAMPLES = 500

interface Silent {
  readonly layer: LayerStatistics
  readonly dead: number
  /** At the first sample that can be trusted: whether they were dead from the start. */
  readonly before: number
}

/** Units that are 0 for every sample: nothing comes through them, and no gradient brings them back. */
export const deadUnits = defineCheck(
  'dead-units',
  {
    explains: [],
    diagnose(history) {
      const silent = silentLayers(history).filter(({ dead }) => dead >= WARNING)
      const worst = silent.reduce<Silent | undefined>((a, b) => (a && a.dead >= b.dead ? a : b), undefined)
      if (!worst) return []
      const others = silent.length > 1 ? ` (and ${silent.length - 1} more layers)` : ''
      const fromStart = worst.before >= 0.8 * worst.dead
      return [
        {
          severity: worst.dead >= PROBLEM ? 'problem' : 'warning',
          title: `${percent(worst.dead, 0)} of the units of ${layerName(worst.layer)} are dead${others}`,
          evidence: {
            layers: silent.map(({ layer, dead, before }) => ({
              path: layer.path,
              dead: evidence(dead),
              atFirst: evidence(before),
            })),
          },
          explanation:
            'A unit that is 0 for every sample gets no gradient and never learns again. ' +
            (fromStart
              ? 'These were dead from the start: that is how the layer before them starts.'
              : 'These died in training: large steps pushed their weights to where nothing excites them.'),
          suggestions: fromStart
            ? [
                { title: 'start from Kaiming weights and biases of 0', change: { init: 'kaiming' } },
                {
                  title: 'take leaky ReLUs, which always pass something',
                  change: { activation: 'leakyRelu' },
                },
                { title: 'normalize before the activations', change: { normalization: 'batchNorm' } },
              ]
            : [
                { title: 'take a tenth of the learning rate', change: { rateFactor: 0.1 } },
                { title: 'normalize before the activations', change: { normalization: 'batchNorm' } },
                {
                  title: 'take leaky ReLUs, which always pass something',
                  change: { activation: 'leakyRelu' },
                },
              ],
          more: 'docs/doctor.md#dead-units',
        },
      ]
    },
  },
  {
    doc: 'Rectified units that are 0 for every sample of an epoch.',
    examples: [
      {
        name: 'half of a layer, after a while',
        events: () =>
          madeUpRun({
            statistics: (t) => ({ layers: [layerLike('1', 'relu', { dead: t < 0.2 ? 0.02 : 0.5 })] }),
          }),
      },
      {
        name: 'a quarter of a layer, from the start',
        events: () => madeUpRun({ statistics: () => ({ layers: [layerLike('1', 'relu', { dead: 0.25 })] }) }),
      },
    ],
  },
)

/** For each layer that can die: the least share that was silent in the newest epoch of which enough was seen. */
function silentLayers(history: RunHistory): Silent[] {
  const { start, samples } = history
  const perEpoch = start?.stepsPerEpoch ?? Number.NaN
  const batchSize = start?.batchSize ?? Number.NaN
  // Silence counts from the start of each epoch: what was seen of it must be enough.
  const enough = Math.min(SAMPLES, 0.7 * perEpoch * batchSize)
  const trusted = samples.filter(({ step, epoch }) => (step - (epoch - 1) * perEpoch) * batchSize >= enough)
  const [first, last] = [trusted[0], trusted.at(-1)]
  if (!first || !last) return []
  const newest = trusted.filter(({ epoch }) => epoch === last.epoch)
  return last.layers.flatMap((layer) => {
    const deadIn = (list: typeof trusted) =>
      smallest(list.flatMap(({ layers }) => layers.find(({ path }) => path === layer.path)?.dead ?? []))
    const dead = deadIn(newest)
    if (!Number.isFinite(dead)) return []
    return [{ layer, dead, before: deadIn([first]) }]
  })
}
