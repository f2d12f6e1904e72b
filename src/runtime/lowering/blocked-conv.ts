import type { Node, Value } from '../../graph/index.ts'
import { pad, type Window, windowOf } from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { affine } from './channels.ts'
import { blockFilter, blockOutputs, fillBlocks } from './filters.ts'
import { blockedConv } from './kernels.ts'
import type { Layouts, Placed } from './layouts.ts'
import { winogradConv, winogradOf } from './winograd.ts'

export interface Geometry extends Window {
  readonly group: number
}

/** The window of a convolution, and its groups. */
export function geometryOf({ attrs }: Node, kernel: readonly number[]): Geometry {
  return { ...windowOf(attrs, kernel), group: (attrs.group as number | undefined) ?? 1 }
}

/** Forward: starts the blocked layout, also from an input of less than a block of channels, such as a picture. */
export const convRule: BlockedRule = (node, layouts) => {
  const [x, weight, bias] = node.inputs as [Value, Value, Value?]
  const [o, i, ...kernel] = weight.shape as [number, number, ...number[]]
  const { group, ...window } = geometryOf(node, kernel)
  if (x.dtype !== 'float32' || x.rank !== 4) return undefined
  if (layouts.mustFill(weight.shape, group)) return [wholeConv(node, window, layouts)]
  if (!layouts.fits(o)) return undefined
  const filter = layouts.plain(weight)
  const added = bias && layouts.plain(bias)
  const { block } = layouts
  if (group === 1 && layouts.fits(i)) {
    const winograd = winogradOf(x.shape, weight.shape, window)
    if (winograd) {
      const y = winogradConv(x, weight, winograd, layouts)
      return [{ blocked: added ? affine(y, { shift: added }) : y }]
    }
    return [wholeConv(node, window, layouts)]
  }
  const depthwise = group === o && i === 1
  if (!depthwise && (group !== 1 || i >= block)) return undefined
  const image = depthwise ? layouts.blocked(x) : layouts.plain(x)
  return [{ blocked: blockedConv([image, blockOutputs(filter, block), added], { ...window, group }) }]
}

/** Of whole blocks of channels; zeros fill up what lacks to one. */
function wholeConv({ inputs }: Node, window: Window, layouts: Layouts): Placed {
  const [x, weight, bias] = inputs as [Value, Value, Value?]
  const [o] = weight.shape as [number]
  const { block } = layouts
  const filter = blockFilter(fillBlocks(layouts.plain(weight), block), block)
  const added = bias && pad(layouts.plain(bias), [[0, layouts.whole(o) - o]])
  return layouts.only(blockedConv([layouts.blockedWhole(x), filter, added], window), o)
}
