import { defineCheck } from '../check.ts'
import { isBatchNorm, layerName } from '../facts.ts'
import { layersOf, madeUpRun } from '../made-up-run.ts'

/** Samples per batch below which the statistics of a batch are mostly noise (Wu and He, 2018, see it from 8 on). */
const WARNING = 8
const PROBLEM = 4

/** Batch norms that take their statistics from a handful of samples. */
export const batchNormTinyBatches = defineCheck(
  'batch-norm-tiny-batches',
  {
    sure: true,
    explains: [
      'noisy-gradients',
      'exploding-gradients',
      'vanishing-gradients',
      'dead-units',
      'under-fitting',
      'rate-too-high',
      'plateau',
    ],
    diagnose({ layers, recipe }) {
      const norm = layers.find(isBatchNorm)
      if (!norm || recipe?.batchSize === undefined) return []
      const samples = recipe.batchSize / (recipe.accumulate ?? 1)
      if (!(samples < WARNING)) return []
      const parts =
        recipe.accumulate > 1 ? ` (a batch of ${recipe.batchSize} in ${recipe.accumulate} parts)` : ''
      return [
        {
          severity: samples < PROBLEM ? 'problem' : 'warning',
          title: `${layerName(norm)} takes its statistics from ${samples} samples${parts}`,
          evidence: { samples, batchSize: recipe.batchSize, accumulate: recipe.accumulate },
          explanation:
            'Mean and variance of so few samples are mostly noise: each sample is changed by its neighbors in training, and by running means ' +
            'that fit none of those batches in evaluation.',
          suggestions: [
            { title: 'take batches of 32', change: { batchSize: 32, accumulate: 1 } },
            {
              title: 'take group norm, which looks at one sample at a time',
              change: { normalization: 'groupNorm' },
            },
          ],
          more: 'docs/doctor.md#batch-norm-tiny-batches',
        },
      ]
    },
  },
  {
    doc: 'Batch normalization with so few samples in a batch that their statistics are noise.',
    source: 'Wu and He, Group Normalization, 2018',
    examples: [
      {
        name: 'two samples',
        events: () =>
          madeUpRun({
            layers: layersOf('conv2d', 'batchNorm2d', 'relu', 'linear'),
            recipe: { batchSize: 2 },
          }),
      },
      {
        name: 'many small parts',
        events: () =>
          madeUpRun({
            layers: layersOf('linear', 'batchNorm1d', 'relu', 'linear'),
            recipe: { batchSize: 32, accumulate: 8 },
          }),
      },
    ],
  },
)
