import type { LayerStatistics } from '../../train/index.ts'
import { defineCheck, evidence } from '../check.ts'
import { layerName } from '../facts.ts'
import type { RunHistory } from '../history.ts'
import { layerLike, layersOf, madeUpRun } from '../made-up-run.ts'
import { median, percent } from '../measure.ts'

/** Most units at their flat ends pass no gradient; healthy tanh networks ended with up to a fifth of them there. */
const PROBLEM = 0.7
const WARNING = 0.4

/** In a layer of fewer units each of them has to say much. */
const NARROW = 4

/** Units at the flat ends of their activation. */
export const saturation = defineCheck(
  'saturation',
  {
    explains: ['vanishing-gradients'],
    diagnose(history) {
      const flat = saturatedLayers(history).filter(({ share }) => share >= WARNING)
      const worst = flat.reduce<(typeof flat)[number] | undefined>(
        (a, b) => (a && a.share >= b.share ? a : b),
        undefined,
      )
      if (!worst) return []
      const fromStart = worst.atFirst >= WARNING
      return [
        {
          severity: worst.share >= PROBLEM ? 'problem' : 'warning',
          title: `${percent(worst.share, 0)} of the outputs of ${layerName(worst.layer)} are saturated`,
          evidence: {
            layers: flat.map(({ layer, share, atFirst }) => ({
              path: layer.path,
              saturated: evidence(share),
              atFirst: evidence(atFirst),
            })),
          },
          explanation:
            'Sigmoid and tanh are flat at their ends: a unit that sits there passes almost no gradient, and what lies before ' +
            `it learns nothing. ${fromStart ? 'The weights start too large, or the inputs are.' : 'Large steps drove them there.'}`,
          suggestions: [
            ...(fromStart
              ? [{ title: 'start from Xavier weights', change: { init: 'xavier' } }]
              : [{ title: 'take a tenth of the learning rate', change: { rateFactor: 0.1 } }]),
            { title: 'normalize before the activations', change: { normalization: 'batchNorm' } },
            { title: 'take ReLU, with Kaiming weights', change: { activation: 'relu', init: 'kaiming' } },
          ],
          more: 'docs/doctor.md#saturation',
        },
      ]
    },
  },
  {
    doc: 'Sigmoid and tanh units at the flat ends, where no gradient passes.',
    examples: [
      {
        name: 'nearly all of a layer',
        events: () =>
          madeUpRun({
            layers: layersOf('linear', 'tanh', 'linear'),
            statistics: () => ({ layers: [layerLike('1', 'tanh', { saturated: 0.9 })] }),
          }),
      },
      {
        name: 'more and more',
        events: () =>
          madeUpRun({
            layers: layersOf('linear', 'sigmoid', 'linear'),
            statistics: (t) => ({ layers: [layerLike('1', 'sigmoid', { saturated: Math.min(0.7, 2 * t) })] }),
          }),
      },
    ],
  },
)

interface Flat {
  readonly layer: LayerStatistics
  readonly share: number
  readonly atFirst: number
}

/** Activations within the network, that have flat ends: those of the last layer are answers, and may be sure. */
function saturatedLayers({ samples, layers }: RunHistory): Flat[] {
  const last = samples.at(-1)
  const recent = samples.slice(-Math.max(1, Math.ceil(samples.length / 4)))
  const outputs = layers.at(-1)?.path
  const narrow = new Set(layers.filter(({ shape }) => shape[0]! < NARROW).map(({ path }) => path))
  return (last?.layers ?? []).flatMap((layer) => {
    if (
      layer.saturated === undefined ||
      layer.path === outputs ||
      narrow.has(layer.path) ||
      !/sigmoid|tanh|softsign/i.test(layer.type)
    )
      return []
    const at = (list: typeof samples) =>
      median(list.flatMap(({ layers }) => layers.find(({ path }) => path === layer.path)?.saturated ?? []))
    return [{ layer, share: at(recent), atFirst: at(samples.slice(0, 1)) }]
  })
}
