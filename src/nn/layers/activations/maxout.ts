import { ensureKnownOptions, normalizeAxis } from '../../../core/index.ts'
import { max, reshape } from '../../../ops/index.ts'
import { expectInput, expectWhole } from '../../expect.ts'
import { defineLayer } from '../../layer.ts'
import { type LinearOptions, linear } from '../linear.ts'

export interface MaxoutOptions {
  /** The axis of the channels or features (default 1). */
  axis?: number
}

/**
 * The largest of each `pieces` consecutive channels: [N, k C, ...] -> [N, C, ...]. After a linear layer or a convolution with k
 * times the channels it is a convex activation that is learned from k straight pieces; it neither saturates nor dies, and
 * parameters grow k-fold.
 *
 * @param pieces how many channels compete (default 2).
 * @throws for options out of range; when the graph is built, if `pieces` does not divide the channels.
 * Source: Goodfellow et al., Maxout Networks, 2013.
 */
export const maxout = defineLayer(
  'maxout',
  (pieces: number = 2, options: MaxoutOptions = {}) => {
    ensureKnownOptions('maxout', options, ['axis'])
    const { axis = 1 } = options
    expectWhole('maxout', 'the number of pieces', pieces)
    return {
      forward(x) {
        const at = normalizeAxis(axis, x.rank, 'maxout: axis')
        const advice = `give the layer before it ${pieces} times the channels that you want after it`
        expectInput(x.shape[at]! % pieces === 0, 'maxout', `with channels in groups of ${pieces}`, x, advice)
        const groups = [...x.shape.slice(0, at), x.shape[at]! / pieces, pieces, ...x.shape.slice(at + 1)]
        return max(reshape(x, groups), { axes: at + 1 })
      },
    }
  },
  {
    kind: 'activation',
    doc: 'The largest of each k consecutive channels: an activation learned from k straight pieces.',
    source: 'Goodfellow et al., Maxout Networks, 2013',
    examples: [
      { name: 'features', args: [2], input: [3, 6] },
      { name: 'images, three pieces', args: [3], input: [2, 6, 2, 2] },
      { name: 'the last axis', args: [2, { axis: -1 }], input: [2, 3, 4] },
    ],
  },
)

/**
 * A linear layer with `pieces` times the outputs and {@link maxout} over them: [N, ..., in] -> [N, ..., out].
 *
 * Parameters: `linear.weight` [pieces out, in], `linear.bias` [pieces out].
 * @throws if a size is not a positive whole number; when the graph is built, if the last axis of x is not `inFeatures`.
 * Source: Goodfellow et al., Maxout Networks, 2013.
 */
export const maxoutLinear = defineLayer(
  'maxoutLinear',
  (inFeatures: number, outFeatures: number, pieces: number = 2, options: LinearOptions = {}) => {
    ensureKnownOptions('maxoutLinear', options, ['bias', 'init'])
    expectWhole('maxoutLinear', 'the number of inputs', inFeatures)
    expectWhole('maxoutLinear', 'the number of outputs', outFeatures)
    expectWhole('maxoutLinear', 'the number of pieces', pieces)
    return {
      children: {
        linear: linear(inFeatures, pieces * outFeatures, options),
        maxout: maxout(pieces, { axis: -1 }),
      },
      forward: (x, { linear, maxout }) => maxout(linear(x)),
    }
  },
  {
    doc: 'A linear layer whose outputs are each the largest of k weighted sums.',
    source: 'Goodfellow et al., Maxout Networks, 2013',
    examples: [{ name: 'two pieces', args: [5, 3], input: [4, 5] }],
  },
)
