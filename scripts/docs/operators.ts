import type { Operator } from '../../src/graph/index.ts'
import { operators } from '../../src/ops/index.ts'
import { code, markdownTable } from './markdown.ts'

/** `docs/operators.md`: the support table of operators, from their registry. */
export function operatorsPage(): string {
  const table = [...operators].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const rows = table.map(([name, op]) => [
    code(name),
    op.float64 === false ? 'no' : 'yes',
    gradientOf(op),
    op.elementwise ? 'yes' : '',
    op.doc,
  ])
  return `# Operators

<!-- Made by \`npm run docs\` from the records in src/ops; changes here are lost. -->

All ${rows.length} operators that graphs are made of, and that an ONNX file may hold to be trained further. Names without a
prefix are ONNX's own. Those of \`gradus\` have a definition in ONNX operators, as which they are written to files.

- **float64**: whether ONNX Runtime's CPU kernel exists in float64, besides float32.
- **gradient**: by a *rule*; *zero* if the output is piecewise constant in the inputs; by the *definition*, which is
  differentiated in its place; *none* if a gradient exists but Gradus has no rule, which is an error as soon as it is asked for.
- **element-wise**: whether chains of it run as one loop.

${markdownTable(['operator', 'float64', 'gradient', 'element-wise', 'what it does'], rows)}
`
}

function gradientOf({ grad }: Operator): string {
  if (typeof grad === 'function') return 'rule'
  return grad === 'expand' ? 'definition' : grad
}
