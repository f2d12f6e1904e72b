import type { Graph, Node, Value } from '../../graph/index.ts'

/** The nodes that read each value. */
export type Uses = ReadonlyMap<Value, readonly Node[]>

export function usesOf({ nodes }: Graph): Uses {
  const uses = new Map<Value, Node[]>()
  for (const node of nodes) {
    for (const value of node.inputs) {
      if (!value) continue
      const known = uses.get(value)
      if (known) known.push(node)
      else uses.set(value, [node])
    }
  }
  return uses
}

/** The node that is alone in using a value, if it is such an operator. */
export function onlyUser(value: Value, uses: Uses, op: Node['op']): Node | undefined {
  const [user, ...others] = uses.get(value) ?? []
  return user?.op === op && others.length === 0 ? user : undefined
}
