import { ensure } from '../../core/index.ts'
import { mul } from '../../ops/index.ts'
import { defineLayer, type Layer } from '../layer.ts'
import { conv2d } from './conv.ts'
import { expectProbability } from './dropout.ts'
import { linear } from './linear.ts'

/**
 * DropConnect: in training each weight of `layer` is 0 with probability `p`, and the others are scaled by 1 / (1 - p);
 * evaluation uses the weights as they are. Biases are kept.
 * ```ts
 * nn.dropConnect(nn.linear(512, 128), 0.5)       // parameters: weight, bias, as without it
 * nn.dropConnect(nn.lstm(64, 128), 0.3)          // one mask for all steps of the sequences
 * ```
 * One mask per step of training, shared by the samples of the batch, and in evaluation the mean of the weights: the paper
 * draws a mask per sample, and in evaluation approximates the mean of the outputs by a normal distribution. For that mean
 * put {@link monteCarlo} around the model.
 *
 * @param layer with weights of its own (parameters that decay), such as `linear`, `conv2d`, `lstm`.
 * @param p the probability that a weight is dropped, 0 <= p < 1 (default 0.5).
 * @throws if the layer has no weights of its own.
 * Source: Wan et al., Regularization of Neural Networks using DropConnect, 2013.
 */
export const dropConnect = defineLayer(
  'dropConnect',
  (layer: Layer, p: number = 0.5) => {
    expectProbability('dropConnect', p)
    const { params, buffers, children } = layer
    const weights = Object.keys(params).filter((name) => params[name]!.decay)
    ensure(
      weights.length > 0,
      `dropConnect: expected a layer with weights of its own, got ${layer.type}`,
      'put it around each nn.linear or nn.conv2d',
    )
    return {
      params,
      buffers,
      children,
      forward(x, self, context) {
        if (!context.random || p === 0) return layer.forward(x, self, context)
        const kept = weights.map((name) => [name, mul(self[name]!, context.mask(params[name]!.shape, 1 - p))])
        return layer.forward(x, { ...self, ...Object.fromEntries(kept) }, context)
      },
    }
  },
  {
    doc: 'In training each weight of a layer is 0 with probability p, the others are scaled up.',
    source: 'Wan et al., Regularization of Neural Networks using DropConnect, 2013',
    examples: [
      { name: 'linear', args: [linear(6, 4), 0.5], input: [3, 6] },
      { name: 'conv2d', args: [conv2d(2, 3, 3), 0.25], input: [2, 2, 5, 5] },
    ],
  },
)
