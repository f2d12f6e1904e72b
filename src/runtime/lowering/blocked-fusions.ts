import { normalizeAxes, numbersOf, sameShape } from '../../core/index.ts'
import { constant, type Node, type Value } from '../../graph/index.ts'
import { mul, reshape, sum } from '../../ops/index.ts'
import type { BlockedRule } from './blocked.ts'
import { type BlockedConvAttrs, blockedConv, blockedConvKernel, blockedGlobalAverage } from './kernels.ts'
import type { Layouts } from './layouts.ts'

/** The convolution that makes a blocked value, if nothing else uses that value and it has room for `more`. */
function freeConv(value: Value, layouts: Layouts, more: 'activation' | 'sum') {
  if (!layouts.isBlocked(value) || !layouts.usedOnce(value)) return undefined
  const node = layouts.blocked(value).producer
  if (node?.op !== (blockedConvKernel as unknown)) return undefined
  const attrs = node!.attrs as BlockedConvAttrs
  const [x, weight, bias, added] = node!.inputs
  if (attrs.activation || (more === 'sum' && added)) return undefined
  return { inputs: [x!, weight!, bias, added] as [Value, Value, Value?, Value?], attrs }
}

/** A ReLU after a convolution (or a batch norm, which is one here) happens in the same pass. */
export const reluRule: BlockedRule = ({ inputs: [x] }, layouts) => {
  const conv = freeConv(x!, layouts, 'activation')
  return conv && [{ blocked: blockedConv(conv.inputs, { ...conv.attrs, activation: 'Relu' }) }]
}

/** So does a clip to fixed limits, as in ReLU6. */
export const clipRule: BlockedRule = ({ inputs: [x, min, max] }, layouts) => {
  const conv = freeConv(x!, layouts, 'activation')
  if (!conv || !min?.data || !max?.data) return undefined
  const limits = [min, max].map(({ data }) => Number(data!.data[0]))
  const attrs = { ...conv.attrs, activation: 'Clip', activation_params: limits }
  return [{ blocked: blockedConv(conv.inputs, attrs) }]
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
  if (!layouts.isBlocked(x!) || x!.rank !== 4 || !reducesToChannels(node)) return undefined
  const places = x!.shape[2]! * x!.shape[3]!
  const sums = mul(sum(blockedGlobalAverage(layouts.blocked(x!)), { axes: [0, 2, 3] }), constant(places))
  return [{ plain: reshape(sums, node.outputs[0]!.shape) }]
}

function reducesToChannels({ inputs: [x, axes] }: Node): boolean {
  return axes?.data !== undefined && sameShape(normalizeAxes(numbersOf(axes.data), x!.rank), [0, 2, 3])
}
