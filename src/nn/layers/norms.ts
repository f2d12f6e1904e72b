import { ensure, ensureKnownOptions, formatShape, type Shape, sameShape, sizeOf } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import { add, mul, reshape, standardize } from '../../ops/index.ts'
import { expectInput, expectWhole, nameLayer } from '../expect.ts'
import { defineLayer, type LayerSpec, type ParamSpec } from '../layer.ts'
import { bias, scale } from '../params.ts'

export interface NormOptions {
  /** Added to the variance (default 1e-5). */
  eps?: number
  /** Whether there is a learned scale and shift (default true). */
  affine?: boolean
}

type NormSpec = LayerSpec<Record<string, ParamSpec>, Record<never, never>, Record<never, never>>

/**
 * Layer normalization: each sample (each position of a sequence) gets mean 0 and variance 1 over its last axes, then a
 * learned scale and shift for each of their elements. The same in training and evaluation, and for any batch size.
 *
 * Parameters: `weight` and `bias` of the shape that is normalized; neither decays.
 * @param shape the last axes: [N, ..., ...shape]; a number for one axis.
 * @throws for a shape of fewer than two elements, or eps that is not positive; when the graph is built, if the last axes of x
 *   are not `shape`.
 * Source: Ba et al., Layer Normalization, 2016.
 */
export const layerNorm = defineLayer(
  'layerNorm',
  (shape: number | Shape, options: NormOptions = {}): NormSpec => {
    const sizes = typeof shape === 'number' ? [shape] : [...shape]
    for (const n of sizes) expectWhole('layerNorm', 'each size of the shape', n)
    ensure(
      sizeOf(sizes) > 1,
      `layerNorm: expected a shape of at least two elements, got ${formatShape(sizes)}`,
      'the mean of one number is the number itself, so that the result would always be 0',
    )
    const eps = epsOf('layerNorm', options)
    return {
      params: affineParams(sizes, options),
      forward(x, { weight, bias }) {
        const fits = x.rank > sizes.length && sameShape(x.shape.slice(-sizes.length), sizes)
        const layout = `[N, ..., ${sizes.join(', ')}]`
        expectInput(fits, 'layerNorm', layout, x, 'set the layer to the last axes of its input')
        return scaled(standardize(x, { axes: sizes.map((_, i) => -1 - i), epsilon: eps }), weight, bias)
      },
    }
  },
  {
    doc: 'Each sample to mean 0 and variance 1 over its last axes, with a learned scale and shift.',
    source: 'Ba et al., Layer Normalization, 2016',
    examples: [
      { name: 'features', args: [5], input: [3, 5] },
      { name: 'sequences, without scale and shift', args: [4, { affine: false }], input: [2, 3, 4] },
      { name: 'two axes', args: [[3, 4]], input: [2, 3, 4] },
    ],
  },
)

/**
 * Group normalization: the channels of a sample in `groups` groups; each group gets mean 0 and variance 1 over its channels
 * and positions, then each channel a learned scale and shift. One group is layer normalization of the whole sample, a group
 * per channel is {@link instanceNorm2d}. The same in training and evaluation, and for any batch size.
 *
 * Input [N, C, ...]. Parameters: `weight` [C], `bias` [C]; neither decays.
 * @throws for options out of range, or groups that do not divide the channels; when the graph is built, if the input has
 *   another number of channels, or one value per group.
 * Source: Wu and He, Group Normalization, 2018.
 */
export const groupNorm = defineLayer(
  'groupNorm',
  (groups: number, channels: number, options: NormOptions = {}): NormSpec => {
    expectWhole('groupNorm', 'groups', groups)
    expectWhole('groupNorm', 'the number of channels', channels)
    ensure(channels % groups === 0, `groupNorm: ${groups} groups do not divide ${channels} channels`)
    return channelNorm('groupNorm', `[N, ${channels}, ...]`, undefined, channels, groups, options)
  },
  {
    doc: 'Each group of channels of a sample to mean 0 and variance 1, with a learned scale and shift.',
    source: 'Wu and He, Group Normalization, 2018',
    examples: [
      { name: 'images', args: [2, 4], input: [2, 4, 3, 2] },
      { name: 'features', args: [2, 6], input: [3, 6] },
    ],
  },
)

const instanceSource =
  'Ulyanov et al., Instance Normalization: The Missing Ingredient for Fast Stylization, 2016'

/**
 * Instance normalization of signals [N, C, L]: each channel of each sample gets mean 0 and variance 1 over its positions,
 * then a learned scale and shift. The same in training and evaluation, and for any batch size.
 *
 * Parameters: `weight` [C], `bias` [C], neither decays. PyTorch's InstanceNorm has none unless asked (`affine: false`); ours
 * has them like all other norms.
 * @throws for options out of range; when the graph is built, if the input has another layout or a single position.
 * Source: Ulyanov et al., Instance Normalization: The Missing Ingredient for Fast Stylization, 2016.
 */
export const instanceNorm1d = defineLayer(
  'instanceNorm1d',
  (channels: number, options: NormOptions = {}): NormSpec =>
    instanceNorm('instanceNorm1d', `[N, ${channels}, L]`, 3, channels, options),
  {
    doc: 'Each channel of each signal to mean 0 and variance 1, with a learned scale and shift.',
    source: instanceSource,
    examples: [{ name: 'signals', args: [3], input: [2, 3, 5] }],
  },
)

/** Instance normalization of images [N, C, H, W]; the rest as in {@link instanceNorm1d}. */
export const instanceNorm2d = defineLayer(
  'instanceNorm2d',
  (channels: number, options: NormOptions = {}): NormSpec =>
    instanceNorm('instanceNorm2d', `[N, ${channels}, H, W]`, 4, channels, options),
  {
    doc: 'Each channel of each image to mean 0 and variance 1, with a learned scale and shift.',
    source: instanceSource,
    examples: [
      { name: 'images', args: [3], input: [2, 3, 4, 3] },
      { name: 'without scale and shift', args: [3, { affine: false }], input: [2, 3, 4, 3] },
    ],
  },
)

function instanceNorm(
  type: string,
  layout: string,
  rank: number,
  channels: number,
  options: NormOptions,
): NormSpec {
  expectWhole(type, 'the number of channels', channels)
  return channelNorm(type, layout, rank, channels, channels, options)
}

/** Groups of channels, each standardized over its channels and positions. */
function channelNorm(
  type: string,
  layout: string,
  rank: number | undefined,
  channels: number,
  groups: number,
  options: NormOptions,
): NormSpec {
  const eps = epsOf(type, options)
  return {
    params: affineParams([channels], options),
    forward(x, { weight, bias }) {
      const fits = (rank === undefined ? x.rank >= 2 : x.rank === rank) && x.shape[1] === channels
      expectInput(fits, type, layout, x, 'set the layer to the size of the second axis of its input')
      const count = sizeOf(x.shape.slice(1)) / groups
      ensure(
        count > 1,
        `${nameLayer(type)}: expected more than one value per group, got an input ${formatShape(x.shape)}`,
        'the mean of one number is the number itself, so that the result would always be 0',
      )
      const rows = reshape(x, [x.shape[0]!, groups, count])
      const even = reshape(standardize(rows, { axes: [2], epsilon: eps }), x.shape)
      const spread = (vector: Value) => reshape(vector, [channels, ...x.shape.slice(2).map(() => 1)])
      return scaled(even, weight && spread(weight), bias && spread(bias))
    },
  }
}

function epsOf(type: string, options: NormOptions): number {
  ensureKnownOptions(type, options, ['eps', 'affine'])
  const { eps = 1e-5 } = options
  ensure(eps > 0 && Number.isFinite(eps), `${type}: expected eps > 0, got ${eps}`)
  return eps
}

const affineParams = (shape: Shape, { affine = true }: NormOptions): Record<string, ParamSpec> =>
  affine ? { weight: scale(shape), bias: bias(shape) } : {}

const scaled = (x: Value, weight: Value | undefined, bias: Value | undefined): Value =>
  weight && bias ? add(mul(x, weight), bias) : x
