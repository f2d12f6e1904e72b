import { numbersOf } from '../../core/index.ts'
import type { Node, Value } from '../../graph/index.ts'
import type { Kernel } from './kernel.ts'
import type { Plan } from './plan.ts'

/**
 * A plan as the text of a JavaScript function: one `const` a node, what is the same for all elements before the loop.
 * Names are numbered, so that graphs which compute the same thing have the same text.
 * ```
 * // arrays: float32, float32; scalars: 1
 * const [a0, a1] = arrays
 * const [v2] = scalars
 * const v3 = -v2
 * for (let i = 0; i < length; i++) {
 *   const v0 = a0[i]
 *   const v1 = a1[i]
 *   const v4 = v1*v3
 *   const v5 = v0+v4
 *   a0[i] = v5
 * }
 * return []
 * ```
 */
export function javascriptOf(plan: Plan): string {
  const names = new Map<Value, string>()
  const nameOf = (value: Value) => {
    const name = names.get(value) ?? `v${names.size}`
    names.set(value, name)
    return name
  }
  const assign = (node: Node) => {
    const operands = node.inputs.map((value) => nameOf(value!))
    return `const ${nameOf(node.outputs[0]!)} = ${node.op.elementwise!(operands, node.attrs)}`
  }
  const loads = plan.arrays.flatMap(({ input }, k) => (input ? [`const ${nameOf(input)} = a${k}[i]`] : []))
  return [
    `// arrays: ${plan.arrays.map(({ dtype }) => dtype).join(', ')}; scalars: ${plan.scalars.length}`,
    `const [${plan.arrays.map((_, k) => `a${k}`).join(', ')}] = arrays`,
    `const [${plan.scalars.map(nameOf).join(', ')}] = scalars`,
    ...plan.constants.map((value) => `const ${nameOf(value)} = ${literal(numbersOf(value.data!)[0]!)}`),
    ...plan.before.map(assign),
    ...plan.sums.map((_, k) => `let s${k} = 0`),
    'for (let i = 0; i < length; i++) {',
    ...[...loads, ...plan.inside.map(assign)].map((line) => `  ${line}`),
    ...plan.arrays.flatMap(({ output }, k) => (output ? [`  a${k}[i] = ${nameOf(output)}`] : [])),
    ...plan.sums.map((value, k) => `  s${k} += ${nameOf(value)}`),
    '}',
    `return [${plan.sums.map((_, k) => `s${k}`).join(', ')}]`,
  ].join('\n')
}

/** Compiles {@link javascriptOf}'s text. Arithmetic is in doubles; results are rounded when they are stored. */
export const compileJavascript = (source: string): Kernel =>
  new Function('arrays', 'scalars', 'length', source) as Kernel

const literal = (value: number) => (Object.is(value, -0) ? '-0' : String(value))
