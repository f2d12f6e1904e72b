import { ensure } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { add, mul } from '../../ops/index.ts'
import { type Indices, labelWidth, resolveIndices, type Split } from '../dataset.ts'
import type { FittedNormalizer, Normalizer } from '../normalizer.ts'
import { momentSums } from './moments.ts'

/**
 * The mean and standard deviation of each number to predict, over the training samples: a loader with them as `targets`
 * gives standardized ones, and {@link inRawUnits} takes predictions back. A number that never changes keeps std 1, with a
 * notice.
 * @param indices the samples to look at: leave out those to validate on.
 * @throws if the labels are classes, or not finite.
 */
export function fitTargets(split: Split, indices: Indices = 'all'): FittedNormalizer {
  const { labels } = split
  ensure(
    labels instanceof Float32Array,
    'fitTargets: expected numbers to predict, got classes',
    'make the data set with targets instead of classes',
  )
  const width = labelWidth(split)
  const samples = resolveIndices(split, indices, 'fitTargets')
  const sums = momentSums(false, [width], 'fitTargets')
  for (const sample of samples) sums.add(labels.subarray(sample * width, (sample + 1) * width))
  const moments = sums.result()
  return {
    mean: moments.map(({ mean }) => mean),
    std: moments.map(({ variance }) => (variance === 0 ? 1 : Math.sqrt(variance))),
    notices: moments.flatMap(({ mean, variance }, i) =>
      variance === 0
        ? [
            `target ${i} is ${mean} in all ${samples.length} training samples: there is nothing to learn in it`,
          ]
        : [],
    ),
  }
}

/** Part of the graph: standardized predictions y [N, targets], or [N] for a single one, in the units of the labels. */
export function inRawUnits(y: Value, { mean, std }: Normalizer): Value {
  const targets = y.rank === 1 ? 1 : y.shape.at(-1)
  ensure(
    targets === mean.length,
    `targets: expected predictions of ${mean.length} numbers per sample, got ${y}`,
  )
  return add(mul(y, constant(std, y.dtype)), constant(mean, y.dtype))
}
