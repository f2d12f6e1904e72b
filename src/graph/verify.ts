import { GradusError, sameShape } from '../core/index.ts'
import { describeNode, type Graph } from './graph.ts'
import type { Node } from './node.ts'

interface Law {
  readonly law: string
  /** What is wrong with the node, or undefined. */
  broken(node: Node): string | undefined
}

/** What every node of a legal graph satisfies. */
const laws: readonly Law[] = [
  {
    law: 'outputs are what the shape rule says',
    broken(node) {
      const expected = node.op.infer(node.inputs, node.attrs)
      if (expected.length !== node.outputs.length) {
        return `${node.outputs.length} outputs where the rule gives ${expected.length}`
      }
      const at = node.outputs.findIndex(
        (value, i) => value.dtype !== expected[i]!.dtype || !sameShape(value.shape, expected[i]!.shape),
      )
      if (at < 0) return undefined
      const rule = expected[at]!
      return `output ${at} is ${node.outputs[at]}, the rule gives ${rule.dtype} [${rule.shape.join(', ')}]`
    },
  },
  {
    law: 'every attribute is declared by the operator',
    broken(node) {
      const extra = Object.keys(node.attrs).filter((key) => !(key in node.op.attributes))
      return extra.length > 0 ? `undeclared: ${extra.join(', ')}` : undefined
    },
  },
  {
    law: 'sizes are non-negative integers',
    broken(node) {
      const bad = node.outputs.find((value) => !value.shape.every((n) => Number.isSafeInteger(n) && n >= 0))
      return bad && `${bad}`
    },
  },
]

/**
 * Checks a graph against the table of what is legal; run after every pass that rewrites graphs.
 * @returns the same graph.
 * @throws naming the node, its layer path and the law.
 */
export function verify(graph: Graph, after = 'building'): Graph {
  for (const node of graph.nodes) {
    for (const { law, broken } of laws) {
      const problem = broken(node)
      if (problem) {
        throw new GradusError(`illegal graph after ${after}: ${describeNode(node)}: ${problem}`, [
          `law: ${law}`,
          `inputs: ${node.inputs.map((value) => value ?? 'none').join('; ')}`,
        ])
      }
    }
  }
  return graph
}
