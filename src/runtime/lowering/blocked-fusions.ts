import { normalizeAxes, numbersOf, sameShape } from '../../core/index.ts'
import { constant, type Node, type Value } from '../../graph/index.ts'
import { mul, reshape, sum } from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { type BlockedConvAttrs, blockedConv, blockedConvKernel, blockedGlobalAverage } from './kernels.ts'
import type { Layouts } from './layouts.ts'

/** The convolution that makes a blocked or turned value, if nothing else uses that value and it has room for `more`. */
function freeConv(value: Value, layouts: Layouts, more: 'activation' | 'sum') {
  const isTurned = layouts.isTurned(value)
  if (!(isTurned || layouts.isBlocked(value)) || !layouts.usedOnce(value)) return undefined
  const node = (isTurned ? layouts.turned(value) : layouts.blocked(value)).producer
  if (node?.op !== (blockedConvKernel as unknown)) return undefined
  const attrs = node!.attrs as BlockedConvAttrs
  const [x, weight, bias, added] = node!.inputs
  if (attrs.activation || (more === 'sum' && (added || isTurned))) return undefined
  return { inputs: [x!, weight!, bias, added] as [Value, Value, Value?, Value?], attrs, isTurned }
}

/** The convolution with an activation in the same pass. */
function activated(
  { inputs, attrs, isTurned }: NonNullable<ReturnType<typeof freeConv>>,
  more: BlockedConvAttrs,
) {
  const y = blockedConv(inputs, { ...attrs, ...more })
  return [isTurned ? { turned: y } : { blocked: y }]
}

/** A ReLU after a convolution (or a batch norm, which is one here) happens in the same pass. */
export const reluRule: BlockedRule = ({ inputs: [x] }, layouts) => {
  const conv = freeConv(x!, layouts, 'activation')
  return conv && activated(conv, { activation: 'Relu' })
}

/** So does a clip to fixed limits, as in ReLU6. */
export const clipRule: BlockedRule = ({ inputs: [x, min, max] }, layouts) => {
  const conv = freeConv(x!, layouts, 'activation')
  if (!conv || !min?.data || !max?.data) return undefined
  const limits = [min, max].map(({ data }) => Number(data!.data[0]))
  return activated(conv, { activation: 'Clip', activation_params: limits })
}

/** A sum with the output of a convolution, as at the end of a residual block, happens in its pass. */
export const addRule: BlockedRule = ({ inputs: [a, b] }, layouts) => {
  if (!sameShape(a!.shape, b!.shape) || a === b) return undefined
  return addTo(a!, b!, layouts) ?? addTo(b!, a!, layouts)
}

function addTo(value: Value, other: Value, layouts: Layouts) {
  const conv = freeConv(value, layouts, 'sum')
  if (!conv || !layouts.canBlock(other)) return undefined
  const [x, weight, bias] = conv.inputs
  return [{ blocked: blockedConv([x, weight, bias, layouts.blocked(other)], conv.attrs) }]
}

/** Sums over the batch and all places, per channel: the gradient of a bias. */
export const channelSumRule: BlockedRule = (node, layouts) => {
  const [x] = node.inputs
  if (x!.rank !== 4 || !reducesToChannels(node)) return undefined
  const { block } = layouts
  const sums = layouts.isBlocked(x!)
    ? sum(blockedGlobalAverage(layouts.blocked(x!)), { axes: [0, 2, 3] })
    : layouts.isTurned(x!)
      ? sum(reshape(blockedGlobalAverage(layouts.turned(x!)), [-1, x!.shape[1]!, block]), { axes: [0, 2] })
      : undefined
  const places = x!.shape[2]! * x!.shape[3]!
  return sums && [{ plain: reshape(mul(sums, constant(places)), node.outputs[0]!.shape) }]
}

function reducesToChannels({ inputs: [x, axes] }: Node): boolean {
  return axes?.data !== undefined && sameShape(normalizeAxes(numbersOf(axes.data), x!.rank), [0, 2, 3])
}
