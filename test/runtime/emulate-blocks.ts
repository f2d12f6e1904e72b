import { type Graph, type Node, rewrite, type Value } from '../../src/graph/index.ts'
import {
  add,
  apply,
  clip,
  expand,
  findOperator,
  globalAveragePool,
  relu,
  reshape,
  slice,
  transpose,
} from '../../src/ops/index.ts'

/** A kernel of the blocked layout by its definition, of inputs in that layout. */
type Definition = (inputs: readonly (Value | undefined)[], attrs: Node['attrs'], block: number) => Value

/**
 * A lowered graph with ONNX Runtime's blocked kernels replaced by what they compute, in ordinary operators: so that it runs
 * on any machine, whatever its block size.
 */
export function emulateBlocks(graph: Graph, block: number): Graph {
  return rewrite(graph, (node, inputs) => {
    if (node.op.domain !== 'com.microsoft.nchwc') return undefined
    const definition = definitions[node.op.type]
    if (!definition) throw new Error(`emulateBlocks does not know ${node.op.type}`)
    return [definition(inputs, node.attrs, block)]
  })
}

/** [N, C, H, W] stored as such -> stored as [N, C / block, H, W, block]. */
function toBlocks(x: Value, block: number): Value {
  const [n, c, h, w] = x.shape as [number, number, number, number]
  return reshape(transpose(reshape(x, [n, c / block, block, h * w]), [0, 1, 3, 2]), x.shape)
}

/** The opposite of {@link toBlocks}. */
function fromBlocks(x: Value, block: number): Value {
  const [n, c, h, w] = x.shape as [number, number, number, number]
  return reshape(transpose(reshape(x, [n, c / block, h * w, block]), [0, 1, 3, 2]), x.shape)
}

const [convolution, pool] = [findOperator('Conv'), findOperator('MaxPool')]

const definitions: Readonly<Record<string, Definition>> = {
  ReorderInput: ([x], _, block) => toBlocks(x!, block),
  ReorderOutput: ([x], { channels }, block) =>
    slice(fromBlocks(x!, block), { axes: [1], starts: [0], ends: [channels as number] }),
  MaxPool: ([x], attrs, block) => toBlocks(apply(pool, [fromBlocks(x!, block)], attrs), block),
  GlobalAveragePool: ([x], _, block) => globalAveragePool(fromBlocks(x!, block)),
  Upsample: ([x], { scales }, block) => toBlocks(repeated(fromBlocks(x!, block), scales as number[]), block),
  Conv: ([x, weight, bias, more], { activation, activation_params, ...attrs }, block) => {
    const [o, i] = weight!.shape as [number, number]
    const isWhole = (attrs.group ?? 1) === 1 && i >= block
    const isDepthwise = attrs.group === o && i === 1
    const image = isWhole || isDepthwise ? fromBlocks(x!, block) : x!
    const y = apply(convolution, [image, unblocked(weight!, isWhole, block), bias], attrs)
    const total = more ? add(y, fromBlocks(more, block)) : y
    return toBlocks(activated(total, activation, activation_params as number[]), block)
  },
}

/** [O / b, I, kH, kW, b], or [O / b, I / b, kH, kW, b, b] with the input channels before the output's -> [O, I, kH, kW]. */
function unblocked(weight: Value, isWhole: boolean, block: number): Value {
  const [o, i, kH, kW] = weight.shape as [number, number, number, number]
  if (!isWhole)
    return reshape(transpose(reshape(weight, [o / block, i * kH * kW, block]), [0, 2, 1]), weight.shape)
  const split = reshape(weight, [o / block, i / block, kH * kW, block, block])
  return reshape(transpose(split, [0, 4, 1, 3, 2]), weight.shape)
}

/** What a kernel does to its results before it stores them. */
function activated(x: Value, activation: unknown, [min, max]: readonly number[] = []): Value {
  if (activation === undefined) return x
  if (activation === 'Relu') return relu(x)
  if (activation === 'Clip') return clip(x, { min, max })
  throw new Error(`emulateBlocks does not know the activation ${activation}`)
}

/** Every element repeated along height and width. */
function repeated(x: Value, [, , down, across]: readonly number[]): Value {
  const [n, c, h, w] = x.shape as [number, number, number, number]
  const spread = expand(reshape(x, [n, c, h, 1, w, 1]), [n, c, h, down!, w, across!])
  return reshape(spread, [n, c, h * down!, w * across!])
}
