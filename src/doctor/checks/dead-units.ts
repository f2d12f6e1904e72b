import { defineCheck, evidence } from '../check.ts'
import { layerName } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { layerLike, madeUpRun } from '../made-up-run.ts'
import { percent } from '../measure.ts'
import { type DeadShare, deadShares } from './dead-shares.ts'

/** The share of dead ReLUs that the textbook gives for a rate that is too high is 40%; healthy runs had up to a quarter. */
const PROBLEM = 0.4
const WARNING = 0.3

/** In a narrow layer a few units are a large share. */
const NARROW = 16

/** Units that are 0 for every sample: nothing comes through them, and no gradient brings them back. */
export const deadUnits = defineCheck(
  'dead-units',
  {
    explains: [],
    diagnose(history) {
      const silent = deadShares(history).filter(({ dead }) => dead >= WARNING)
      const worst = silent.reduce<DeadShare | undefined>((a, b) => (a && a.dead >= b.dead ? a : b), undefined)
      if (!worst) return []
      const others = silent.length > 1 ? ` (and ${silent.length - 1} more layers)` : ''
      const fromStart = worst.before >= 0.8 * worst.dead
      return [
        {
          severity: worst.dead >= PROBLEM && unitsOf(history, worst) >= NARROW ? 'problem' : 'warning',
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
        name: 'a third of a layer, from the start',
        events: () => madeUpRun({ statistics: () => ({ layers: [layerLike('1', 'relu', { dead: 0.35 })] }) }),
      },
    ],
  },
)

/** How many units a layer has, if that is known. */
const unitsOf = ({ layers }: RunHistory, { layer }: DeadShare): number =>
  layers.find(({ path }) => path === layer.path)?.shape[0] ?? NARROW
