import type { Graph } from '../graph/index.ts'
import { findOperator } from '../ops/index.ts'
import { blockSize } from './block-size.ts'
import { foldBatchNorm } from './fold-batch-norm.ts'
import { lower } from './lowering/index.ts'

/** The graph in the forms that are fast on this machine; results differ by rounding only. */
export async function lowerHere(graph: Graph): Promise<Graph> {
  return isFastAlready(graph) ? graph : lower(foldBatchNorm(graph), { block: await blockSize() })
}

/**
 * Images at a time below which ONNX Runtime is faster with constant weights than our lowering. It prepares them once, when
 * the session is opened, and we in every run; with 16 images the faster forms of ours have made up for that.
 */
const FEW = 16

const [convolution, ...gradients] = [
  findOperator('Conv'),
  findOperator('ConvInputGrad', 'gradus'),
  findOperator('ConvWeightGrad', 'gradus'),
]

/** Whether ONNX Runtime by itself does best: few images, and all convolutions with constant weights, as in prediction. */
function isFastAlready({ nodes }: Graph): boolean {
  const convolutions = nodes.filter(({ op }) => op === convolution)
  return (
    convolutions.length > 0 &&
    convolutions.every(({ inputs: [x, weight] }) => weight!.data && x!.shape[0]! < FEW) &&
    !nodes.some(({ op }) => gradients.includes(op))
  )
}
