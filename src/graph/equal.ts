import { bytesOf, type Tensor } from '../core/index.ts'
import { describeNode, type Graph } from './graph.ts'
import type { Node } from './node.ts'
import type { AttributeKind, AttributeValue } from './operator.ts'
import type { Value, ValueInfo } from './value.ts'

/**
 * The first difference between two graphs as a sentence, or undefined if they are equal: the same inputs and outputs in name,
 * dtype and shape, the same nodes with the same attributes and layer paths in the same wiring, the same constants bit for bit.
 * Names of constants do not count; attributes of the kind float count in single precision, as a file holds them.
 */
export function sameGraph(a: Graph, b: Graph): string | undefined {
  const pairs = new Map<Value, Value>()
  a.inputs.forEach((value, i) => {
    if (b.inputs[i]) pairs.set(value, b.inputs[i])
  })
  return (
    different('inputs', a.inputs.map(String), b.inputs.map(String)) ??
    different('number of nodes', a.nodes.length, b.nodes.length) ??
    first(a.nodes, (node, i) => differentNode(node, b.nodes[i]!, `node ${i}`, pairs)) ??
    different('names of outputs', a.outputNames, b.outputNames) ??
    first(a.outputs, (value, i) => differentValue(value, b.outputs[i], `output "${a.outputNames[i]}"`, pairs))
  )
}

/** Compares two nodes whose inputs were paired before, and pairs their outputs. */
function differentNode(a: Node, b: Node, what: string, pairs: Map<Value, Value>): string | undefined {
  const place = `${what} (${describeNode(a)})`
  const inputs = Array.from({ length: Math.max(a.inputs.length, b.inputs.length) }, (_, i) => i)
  const keys = [...new Set([...Object.keys(a.attrs), ...Object.keys(b.attrs)])]
  const kinds = a.op.attributes as Readonly<Record<string, AttributeKind>>
  const difference =
    different('operator', operatorName(a), operatorName(b)) ??
    different('layer path', a.scope, b.scope) ??
    first(inputs, (i) => differentValue(a.inputs[i], b.inputs[i], `input ${i}`, pairs)) ??
    first(keys, (key) => differentAttribute(a.attrs[key], b.attrs[key], `attribute ${key}`, kinds[key])) ??
    different('outputs', a.outputs.map(String), b.outputs.map(String))
  a.outputs.forEach((value, i) => {
    if (b.outputs[i]) pairs.set(value, b.outputs[i])
  })
  return difference && `${place}: ${difference}`
}

const operatorName = ({ op }: Node) => (op.domain ? `${op.domain}.${op.type}` : op.type)

function differentValue(
  a: Value | undefined,
  b: Value | undefined,
  what: string,
  pairs: Map<Value, Value>,
): string | undefined {
  if (!a || !b) return a === b ? undefined : `${what}: ${a ?? 'none'} and ${b ?? 'none'}`
  if (pairs.get(a) === b) return undefined
  if (!a.data || !b.data) return `${what}: ${a} and ${b} are not the same value`
  const difference = differentTensor(a.data, b.data, what)
  if (!difference) pairs.set(a, b)
  return difference
}

function differentTensor(a: Tensor, b: Tensor, what: string): string | undefined {
  const info = ({ dtype, shape }: ValueInfo) => `${dtype} [${shape.join(', ')}]`
  const difference = different(what, info(a), info(b))
  if (difference) return difference
  const [x, y] = [bytesOf(a), bytesOf(b)] // bytes, since NaN differs from itself and -0 equals 0
  let at = 0
  while (at < x.length && x[at] === y[at]) at++
  if (at === x.length) return undefined
  const element = Math.floor(at / a.data.BYTES_PER_ELEMENT)
  return different(`element ${element} of ${what}`, `${a.data[element]}`, `${b.data[element]}`)
}

function differentAttribute(
  a: AttributeValue,
  b: AttributeValue,
  what: string,
  kind: AttributeKind | undefined,
): string | undefined {
  if (isTensor(a) && isTensor(b)) return differentTensor(a, b, what)
  if (kind === 'float' || kind === 'floats') return different(what, inSingle(a), inSingle(b))
  return different(what, a, b)
}

/** Numbers in single precision; anything else as it is. */
function inSingle(value: AttributeValue): AttributeValue {
  if (typeof value === 'number') return Math.fround(value)
  return Array.isArray(value) && value.every((x) => typeof x === 'number') ? value.map(Math.fround) : value
}

const isTensor = (value: AttributeValue): value is Tensor => typeof value === 'object' && 'dtype' in value

/** A sentence if two plain values, or lists of them, differ. */
function different(what: string, a: unknown, b: unknown): string | undefined {
  const same =
    Array.isArray(a) && Array.isArray(b)
      ? a.length === b.length && a.every((value, i) => sameScalar(value, b[i]))
      : sameScalar(a, b)
  return same ? undefined : `${what}: ${show(a)} and ${show(b)}`
}

/** NaN equals itself here. */
const sameScalar = (a: unknown, b: unknown) => a === b || Object.is(a, b)

function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join('; ')}]`
  return typeof value === 'object' ? 'a tensor' : String(value)
}

/** The first difference among items. */
function first<T>(
  items: readonly T[],
  compare: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [i, item] of items.entries()) {
    const difference = compare(item, i)
    if (difference) return difference
  }
  return undefined
}
