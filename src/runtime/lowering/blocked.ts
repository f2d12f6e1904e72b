import { type Shape, sameShape } from '../../core/index.ts'
import {
  type Graph,
  Graph as NewGraph,
  Node,
  type Operator,
  type Value,
  withScope,
} from '../../graph/index.ts'
import { findOperator } from '../../ops/index.ts'
import { batchNormGradRule, batchNormInferenceRule, batchNormRule } from './blocked-batch-norm.ts'
import { convRule } from './blocked-conv.ts'
import { convInputGradRule } from './blocked-conv-input-grad.ts'
import { convWeightGradRule } from './blocked-conv-weight-grad.ts'
import { addRule, channelSumRule, clipRule, reluRule } from './blocked-fusions.ts'
import { globalAverageRule, maxPoolGradRule, maxPoolRule } from './blocked-pool.ts'
import { grayConvRule } from './gray.ts'
import { blockedUpsample } from './kernels.ts'
import { isPerImage, Layouts, type Placed } from './layouts.ts'

/** How to do a node in the blocked layout: one result per output, or undefined where that does not pay. */
export type BlockedRule = (node: Node, layouts: Layouts) => readonly Placed[] | undefined

const rules: ReadonlyMap<Operator, BlockedRule> = new Map([
  [findOperator('Conv'), (node, layouts) => grayConvRule(node, layouts) ?? convRule(node, layouts)],
  [findOperator('ConvInputGrad', 'gradus'), convInputGradRule],
  [findOperator('ConvWeightGrad', 'gradus'), convWeightGradRule],
  [findOperator('BatchNormTraining', 'gradus'), batchNormRule],
  [findOperator('BatchNormGrad', 'gradus'), batchNormGradRule],
  [findOperator('BatchNormalization'), batchNormInferenceRule],
  [findOperator('MaxPool'), maxPoolRule],
  [findOperator('MaxPoolGrad', 'gradus'), maxPoolGradRule],
  [findOperator('GlobalAveragePool'), globalAverageRule],
  [findOperator('Relu'), reluRule],
  [findOperator('Clip'), clipRule],
  [findOperator('Add'), addRule],
  [findOperator('ReduceSum'), channelSumRule],
])

/**
 * Carries ONNX Runtime's blocked convolution layout through the graph. Convolutions start it, whatever can work on
 * blocked images keeps it, and everything else gets the ordinary layout back.
 */
export function toBlockedLayout(graph: Graph, block: number): Graph {
  const layouts = new Layouts(graph, block)
  for (const node of graph.nodes) {
    const placed = withScope(
      node.scope,
      () => rules.get(node.op)?.(node, layouts) ?? elementwise(node, layouts) ?? ordinary(node, layouts),
    )
    node.outputs.forEach((value, i) => {
      layouts.place(value, placed[i]!)
    })
  }
  const outputs = graph.outputNames.map((name, i) => [name, layouts.plain(graph.outputs[i]!)] as const)
  return new NewGraph(graph.inputs, Object.fromEntries(outputs))
}

/** The node as it is, on ordinary inputs. */
function ordinary(node: Node, layouts: Layouts): readonly Placed[] {
  const inputs = node.inputs.map((value) => value && layouts.plain(value))
  const same = inputs.every((value, i) => value === node.inputs[i])
  const outputs = same
    ? node.outputs
    : new Node(node.op, inputs, node.attrs, node.outputs, node.scope).outputs
  return outputs.map((plain) => ({ plain }))
}

/** Element-wise operators do not care for the layout, if all their operands have the same. */
function elementwise(node: Node, layouts: Layouts): readonly Placed[] | undefined {
  if (!node.op.elementwise) return undefined
  const output = node.outputs[0]!
  const present = node.inputs.filter((value) => value !== undefined)
  if (present.some((value) => layouts.isBlocked(value))) {
    const blocked = onOperands(node, output.shape, (value) => operand(value, output, layouts))
    return blocked && [{ blocked }]
  }
  if (!present.some((value) => layouts.isTurned(value))) return undefined
  const turned = onOperands(node, layouts.turnedShape(output.shape), (value) =>
    value.shape.every((n) => n === 1)
      ? layouts.plain(value)
      : sameShape(value.shape, output.shape) && layouts.canTurn(value)
        ? layouts.turned(value)
        : undefined,
  )
  return turned && [{ turned }]
}

/** The node on other operands, with a result of this shape; undefined if there is none for one of them. */
function onOperands(
  { op, inputs, attrs, outputs, scope }: Node,
  shape: Shape,
  operandOf: (value: Value) => Value | undefined,
): Value | undefined {
  const operands = inputs.map((value) => value && operandOf(value))
  if (inputs.some((value, i) => value && !operands[i])) return undefined
  return new Node(op, operands, attrs, [{ dtype: outputs[0]!.dtype, shape }], scope).outputs[0]
}

/** An operand for blocked images of the shape of `output`: an image, a number for each image and channel, or a number. */
function operand(value: Value, { shape }: Value, layouts: Layouts): Value | undefined {
  if (value.shape.every((n) => n === 1)) return layouts.plain(value)
  if (sameShape(value.shape, shape)) return layouts.canBlock(value) ? layouts.blocked(value) : undefined
  if (!isPerImage(value, shape) || !layouts.canBlock(value)) return undefined
  return blockedUpsample(layouts.plain(value), [1, 1, shape[2]!, shape[3]!])
}
