import { GradusError } from '../core/index.ts'
import { findOperator, operators } from '../ops/index.ts'
import type { NodeProto } from './onnx_pb.ts'

/** Operators that are read without a record: they only name values. */
export const structural: ReadonlySet<string> = new Set(['Constant', 'Identity'])

/** Operators that hold a subgraph. */
const control: ReadonlySet<string> = new Set(['If', 'Loop', 'Scan', 'SequenceMap'])

/** How many nodes are named in a message. */
const EXAMPLES = 3

/** An operator with its domain, if that is not ONNX's own. */
export function operatorName({ domain, opType }: NodeProto): string {
  return domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`
}

/** A node by its name, or by what it computes, for messages. */
export function describeNodeProto(node: NodeProto): string {
  return node.name ? `"${node.name}"` : `that computes "${node.output[0] ?? ''}"`
}

/**
 * Fails unless Gradus knows every operator and every attribute of the nodes. Lists all that it does not know.
 */
export function checkSupport(nodes: readonly NodeProto[]): void {
  const users = new Map<string, string[]>()
  for (const node of nodes) {
    for (const missing of unsupported(node)) {
      const list = users.get(missing) ?? []
      users.set(missing, [...list, describeNodeProto(node)])
    }
  }
  if (users.size === 0) return
  const count = users.size === 1 ? 'something' : `${users.size} things`
  throw new GradusError(
    `the model uses ${count} that Gradus does not support`,
    [...users].map(([what, names]) => {
      const more = names.length > EXAMPLES ? ` and ${names.length - EXAMPLES} more` : ''
      return `${what}: ${names.length === 1 ? 'node' : 'nodes'} ${names.slice(0, EXAMPLES).join(', ')}${more}`
    }),
  )
}

/** What of a node is not supported: its operator, or else some of its attributes. */
function unsupported(node: NodeProto): string[] {
  const type = operatorName(node)
  if (structural.has(type)) return []
  if (control.has(type)) return [`operator ${type}, which holds a subgraph`]
  if (!operators.has(type)) return [`operator ${type}`]
  const { attributes } = findOperator(node.opType, node.domain)
  return node.attribute
    .filter(({ name }) => !Object.hasOwn(attributes, name))
    .map(({ name }) => `attribute "${name}" of ${type}`)
}
