import { constant, type Value } from '../../graph/index.ts'
import { mean, reshape } from '../../ops/index.ts'
import { blockedConv, blockedGlobalAverage } from './kernels.ts'

/** The mean of each channel of blocked images [N, C, H, W] over the batch and all places: [C]. */
export const channelMean = (x: Value): Value => mean(blockedGlobalAverage(x), { axes: [0, 2, 3] })

interface Affine {
  /** [C]; default 1. */
  scale?: Value
  /** [C] */
  shift?: Value
  /** Blocked images of the shape of x. */
  sum?: Value
}

/** `scale x + shift + sum` per channel of blocked images, in one pass: a depthwise 1x1 convolution. */
export function affine(x: Value, { scale, shift, sum }: Affine): Value {
  const channels = x.shape[1]!
  const weight = scale
    ? reshape(scale, [channels, 1, 1, 1])
    : constant(new Float32Array(channels).fill(1), 'float32', [channels, 1, 1, 1])
  return blockedConv([x, weight, shift, sum], { kernel_shape: [1, 1], group: channels })
}
