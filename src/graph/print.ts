import { numbersOf, type Tensor } from '../core/index.ts'
import type { Graph } from './graph.ts'
import type { AttributeValue } from './operator.ts'
import type { Value } from './value.ts'

/**
 * A graph as text, one node a line:
 * ```
 * graph(x: float32 [2, 3])
 *   %0: float32 [2, 3] = Relu(x)                          # layer fc1
 *   %1: float32 [2] = ReduceSum(%0, int64 [1] {1}) {keepdims: 0}
 *   return sum: %1
 * ```
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Value, string>()
  for (const value of graph.inputs) names.set(value, value.name!)
  let count = 0
  for (const node of graph.nodes) for (const value of node.outputs) names.set(value, `%${count++}`)
  const show = (value: Value | undefined) =>
    value === undefined ? '_' : (names.get(value) ?? (value.data ? formatConstant(value.data) : '?'))

  const lines = graph.nodes.map((node) => {
    const outputs = node.outputs.map((value) => `${names.get(value)}: ${value}`).join(', ')
    const attrs = Object.entries(node.attrs)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `${key}: ${formatAttribute(value)}`)
      .join(', ')
    const type = node.op.domain ? `${node.op.domain}.${node.op.type}` : node.op.type
    const text = `  ${outputs} = ${type}(${node.inputs.map(show).join(', ')})${attrs ? ` {${attrs}}` : ''}`
    return node.scope ? `${text.padEnd(72)}  # ${node.scope}` : text
  })
  const inputs = graph.inputs.map((value) => `${value.name}: ${value.dtype} [${value.shape.join(', ')}]`)
  const outputs = graph.outputNames.map((name, i) => `${name}: ${show(graph.outputs[i])}`)
  return [`graph(${inputs.join(', ')})`, ...lines, `  return ${outputs.join(', ')}`].join('\n')
}

function formatConstant(data: Tensor): string {
  const numbers = data.data.length > 8 ? '...' : numbersOf(data).join(', ')
  return data.shape.length === 0 ? numbers : `${data.dtype} [${data.shape.join(', ')}] {${numbers}}`
}

function formatAttribute(value: AttributeValue): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`
  return typeof value === 'object' ? formatConstant(value as Tensor) : String(value)
}
