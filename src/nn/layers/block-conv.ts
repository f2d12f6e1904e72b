import { kaimingNormal } from '../init.ts'
import type { Layer } from '../layer.ts'
import { conv2d } from './conv.ts'

/**
 * A convolution of the residual networks: keeps the size (up to the stride), has no bias since a batch norm follows, and
 * starts by fan out, as torchvision's do; a grouped one by fan in, since fan out counts the channels of all groups.
 */
export const blockConv = (
  inChannels: number,
  channels: number,
  kernel: number,
  { stride = 1, groups = 1 }: { stride?: number; groups?: number } = {},
): Layer =>
  conv2d(inChannels, channels, kernel, {
    stride,
    groups,
    padding: (kernel - 1) / 2,
    bias: false,
    init: kaimingNormal({ fan: groups === 1 ? 'out' : 'in' }),
  })
