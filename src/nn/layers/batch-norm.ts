import { ensure, ensureKnownOptions, formatShape, sizeOf } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { add, batchNormalization, batchNormTraining, mul } from '../../ops/index.ts'
import { expectInput, expectWhole, nameLayer } from '../expect.ts'
import { ones, zeros } from '../init.ts'
import { type BufferSpec, defineLayer, type LayerSpec, type ParamSpec } from '../layer.ts'
import { bias, buffer, scale } from '../params.ts'

export interface BatchNormOptions {
  /** The share of the new batch in the running statistics (default 0.1). */
  momentum?: number
  /** Added to the variance (default 1e-5). */
  eps?: number
  /** Whether each channel has a learned scale and shift (default true). */
  affine?: boolean
}

const source =
  'Ioffe and Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift, 2015'

/**
 * Batch normalization of [N, C] or [N, C, L], channel by channel.
 *
 * Training uses the mean and (biased) variance of the batch and moves the running ones, the variance in its unbiased form,
 * as PyTorch does; evaluation uses the running ones, or those of the whole training set (`populationStatistics` of a recipe).
 * Put it before the activation.
 *
 * Parameters: `weight` [C], `bias` [C], neither decays. Buffers: `running_mean` [C], `running_var` [C]. PyTorch's
 * `num_batches_tracked` is not kept: it only matters without a momentum.
 * @throws for options out of range; when the training graph is built, if a channel has a single value.
 * Source: Ioffe and Szegedy, Batch Normalization, 2015.
 */
export const batchNorm1d = defineLayer(
  'batchNorm1d',
  (features: number, options: BatchNormOptions = {}) =>
    batchNorm('batchNorm1d', `[N, ${features}] or [N, ${features}, L]`, [2, 3], features, options),
  {
    doc: 'Each channel of [N, C] or [N, C, L] by the mean and variance of the batch; running ones in evaluation.',
    source,
    examples: [
      { name: 'features', args: [3], input: [6, 3] },
      { name: 'signals', args: [3, { momentum: 0.3 }], input: [4, 3, 5] },
    ],
  },
)

/** Batch normalization of images [N, C, H, W], channel by channel; the rest as in {@link batchNorm1d}. */
export const batchNorm2d = defineLayer(
  'batchNorm2d',
  (features: number, options: BatchNormOptions = {}) =>
    batchNorm('batchNorm2d', `[N, ${features}, H, W]`, [4], features, options),
  {
    doc: 'Each channel of images by the mean and variance of the batch; running ones in evaluation.',
    source,
    examples: [
      { name: 'images', args: [4], input: [3, 4, 3, 2] },
      { name: 'without scale and shift', args: [4, { affine: false }], input: [3, 4, 3, 2] },
    ],
  },
)

type Statistics = Record<'running_mean' | 'running_var', BufferSpec>

function batchNorm(
  type: string,
  layout: string,
  ranks: readonly number[],
  features: number,
  options: BatchNormOptions,
): LayerSpec<Record<string, ParamSpec>, Statistics, Record<never, never>> {
  ensureKnownOptions(type, options, ['momentum', 'eps', 'affine'])
  const { momentum = 0.1, eps = 1e-5, affine = true } = options
  expectWhole(type, 'the number of features', features)
  ensure(momentum > 0 && momentum <= 1, `${type}: expected 0 < momentum <= 1, got ${momentum}`)
  ensure(eps > 0 && Number.isFinite(eps), `${type}: expected eps > 0, got ${eps}`)
  const advice = `set the layer to nn.${type}(C), where C is the size of the second axis of its input`
  return {
    params: affine ? { weight: scale([features]), bias: bias([features]) } : {},
    buffers: { running_mean: buffer([features], zeros), running_var: buffer([features], ones) },
    forward(x, { weight, bias, running_mean, running_var }, context) {
      expectInput(ranks.includes(x.rank) && x.shape[1] === features, type, layout, x, advice)
      const by = weight ?? constant(new Float32Array(features).fill(1))
      const shift = bias ?? constant(new Float32Array(features))
      if (!context.batchStatistics) {
        return batchNormalization(x, by, shift, running_mean, running_var, { epsilon: eps })
      }
      const count = x.shape[0]! * sizeOf(x.shape.slice(2))
      const [y, mean, variance] = batchNormTraining(x, by, shift, { epsilon: eps })
      context.observe({ mean: 'running_mean', variance: 'running_var' }, { mean, variance, count })
      if (context.training) {
        expectSeveral(type, x, count)
        context.update({
          running_mean: moved(running_mean, mean, momentum),
          running_var: moved(running_var, mul(variance, count / (count - 1)), momentum),
        })
      }
      return y
    },
  }
}

/** The exponential moving average after one more `sample`. */
const moved = (average: Value, sample: Value, momentum: number): Value =>
  add(mul(average, 1 - momentum), mul(sample, momentum))

function expectSeveral(type: string, x: Value, count: number): void {
  ensure(
    count > 1,
    `${nameLayer(type)}: training needs more than one value per channel, got an input ${formatShape(x.shape)}`,
    'use a larger batch, and drop the last one if it is incomplete',
  )
}
