import { ensure, type Shape } from '../../core/index.ts'
import type { Value } from '../../graph/index.ts'
import { mul } from '../../ops/index.ts'
import { expectInput } from '../expect.ts'
import { defineLayer, type ForwardContext } from '../layer.ts'

const source = 'Srivastava et al., Dropout, 2014'

/**
 * Inverted dropout: in training each element is 0 with probability `p`, and the others are scaled by 1 / (1 - p), so that
 * evaluation is the identity. The mask is a function of (seed, step, place in the model).
 *
 * @param p the probability that an element is dropped, 0 <= p < 1 (default 0.5).
 * Source: Srivastava et al., Dropout, 2014.
 */
export const dropout = defineLayer('dropout', (p: number = 0.5) => inverted('dropout', p, (shape) => shape), {
  doc: 'In training each element is 0 with probability p, the others are scaled up; the identity in evaluation.',
  source,
  examples: [
    { name: 'features', args: [0.5], input: [4, 6] },
    { name: 'images', args: [0.2], input: [2, 3, 4, 4] },
  ],
})

/**
 * {@link dropout} for what goes into a model: the same with a smaller default, since a lost input is lost for all layers.
 *
 * @param p the probability that an input is dropped, 0 <= p < 1 (default 0.2, that of the paper).
 * Source: Srivastava et al., Dropout, 2014.
 */
export const inputDropout = defineLayer(
  'inputDropout',
  (p: number = 0.2) => inverted('inputDropout', p, (shape) => shape),
  {
    doc: 'Dropout of the inputs of a model, with p = 0.2.',
    source,
    examples: [{ name: 'default', args: [], input: [4, 8] }],
  },
)

/**
 * Dropout of whole feature maps: in training each channel of each sample is 0 with probability `p`, and the others are
 * scaled by 1 / (1 - p); evaluation is the identity. Neighbors in a map say the same, so that dropping single elements
 * would hide little. PyTorch calls it Dropout1d, 2d and 3d.
 *
 * Input [N, C, ...] with at least one spatial axis.
 * @param p the probability that a channel is dropped, 0 <= p < 1 (default 0.5).
 * Source: Tompson et al., Efficient Object Localization Using Convolutional Networks, 2015.
 */
export const spatialDropout = defineLayer(
  'spatialDropout',
  (p: number = 0.5) => {
    const { forward } = inverted('spatialDropout', p, (shape) => shape.map((n, i) => (i < 2 ? n : 1)))
    return {
      forward(x, self, context) {
        expectInput(
          x.rank >= 3,
          'spatialDropout',
          '[N, C, ...]',
          x,
          'use nn.dropout() for features without positions',
        )
        return forward(x, self, context)
      },
    }
  },
  {
    doc: 'In training whole channels are 0 with probability p, the others are scaled up; the identity in evaluation.',
    source: 'Tompson et al., Efficient Object Localization Using Convolutional Networks, 2015',
    examples: [
      { name: 'images', args: [0.5], input: [2, 4, 3, 3] },
      { name: 'signals', args: [0.25], input: [2, 4, 5] },
    ],
  },
)

/**
 * Dropout as it was first described: in training each element is 0 with probability `p`, and in evaluation all are scaled
 * by 1 - p instead. Its outputs in training are those of {@link dropout} times 1 - p.
 *
 * @param p the probability that an element is dropped, 0 <= p < 1 (default 0.5).
 * Source: Hinton et al., Improving neural networks by preventing co-adaptation of feature detectors, 2012.
 */
export const plainDropout = defineLayer(
  'plainDropout',
  (p: number = 0.5) => {
    expectProbability('plainDropout', p)
    return {
      forward(x, _self, context) {
        if (p === 0) return x
        if (!context.random) return mul(x, 1 - p)
        return mul(x, context.draw(drawnShape(x, context), { kind: 'mask', keep: 1 - p, value: 1 }))
      },
    }
  },
  {
    doc: 'In training each element is 0 with probability p; in evaluation all are scaled by 1 - p.',
    source: 'Hinton et al., Improving neural networks by preventing co-adaptation of feature detectors, 2012',
    examples: [{ name: 'features', args: [0.5], input: [4, 6] }],
  },
)

/** Scaled masks in training, nothing in evaluation. `maskShape` says which elements are dropped together. */
function inverted(type: string, p: number, maskShape: (shape: Shape) => Shape) {
  expectProbability(type, p)
  return {
    forward(x: Value, _self: unknown, context: ForwardContext): Value {
      if (!context.random || p === 0) return x
      return mul(x, context.mask(maskShape(drawnShape(x, context)), 1 - p))
    },
  }
}

/**
 * The shape of random numbers for the elements of x [N, ...]: in a sample of an evaluation one set for the whole batch, so
 * that a prediction does not depend on what else is in the batch.
 */
export function drawnShape(x: Value, { training }: ForwardContext): Shape {
  return training ? x.shape : [1, ...x.shape.slice(1)]
}

/** Fails unless p is the probability that something is dropped: something must be left. */
export function expectProbability(type: string, p: number): void {
  ensure(p >= 0 && p < 1, `${type}: expected a probability 0 <= p < 1, got ${p}`)
}
