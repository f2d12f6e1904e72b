import { defineCheck } from '../check.ts'
import { isBatchNorm, isDropout, layerName } from '../facts.ts'
import { layersOf, madeUpRun } from '../made-up-run.ts'

/** Dropout whose output goes through a batch norm later on. */
export const dropoutBeforeNorm = defineCheck(
  'dropout-before-norm',
  {
    sure: true,
    explains: ['validation-better'],
    diagnose({ layers }) {
      const last = layers.findLastIndex(isBatchNorm)
      const dropped = layers.slice(0, Math.max(0, last)).filter(isDropout)
      const [first] = dropped
      if (!first) return []
      return [
        {
          severity: 'warning',
          title: `${layerName(first)} comes before ${layerName(layers[last]!)}`,
          evidence: { dropout: dropped.map(({ path }) => path), norm: layers[last]!.path },
          explanation:
            'Dropout makes the variance in training larger than in evaluation. A batch norm behind it learns the variance of training, and is ' +
            'off by that factor in evaluation.',
          suggestions: [
            { title: 'put dropout behind the last norm', change: { dropout: 'after-norms' } },
            { title: 'leave dropout out: batch norm regularizes too', change: { dropout: 0 } },
          ],
          more: 'docs/doctor.md#dropout-before-norm',
        },
      ]
    },
  },
  {
    doc: 'Dropout in front of a batch norm, whose statistics then hold for training only.',
    source:
      'Li et al., Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift, 2019',
    examples: [
      {
        name: 'in a convolutional net',
        events: () =>
          madeUpRun({
            layers: layersOf('conv2d', 'relu', 'dropout', 'conv2d', 'batchNorm2d', 'relu', 'linear'),
          }),
      },
    ],
  },
)
