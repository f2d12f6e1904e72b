import { statSync } from 'node:fs'
import { isFloat, sizeOf } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { openModel } from './model-file.ts'
import { grouped, table } from './table.ts'

/** An input or output of a model; an axis that the file leaves open has a name instead of a size. */
export interface Port {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly (number | string)[]
}

/** What an ONNX file holds. */
export interface ModelDescription {
  readonly path: string
  readonly bytes: number
  readonly producer: string
  readonly opset: number
  readonly inputs: readonly Port[]
  readonly outputs: readonly Port[]
  /** How often each operator is used. */
  readonly operators: Readonly<Record<string, number>>
  /** Floating-point numbers in the file's constants. */
  readonly constants: number
  readonly metadata: Readonly<Record<string, string>>
}

/** @throws as `openModel` does. */
export function describeModel(source: string): ModelDescription {
  const { path, model } = openModel(source)
  const { graph, producer, opset, metadata, dynamicAxes } = model
  const port = (name: string, { dtype, shape }: Value): Port => ({
    name,
    dtype,
    shape: shape.map((n, axis) => dynamicAxes[name]?.[axis] ?? n),
  })
  const counts = new Map<string, number>()
  for (const { op } of graph.nodes) counts.set(op.type, (counts.get(op.type) ?? 0) + 1)
  const floats = graph.constants().filter(({ dtype }) => isFloat(dtype))
  return {
    path,
    bytes: statSync(path).size,
    producer: `${producer.name} ${producer.version}`.trim() || 'unknown',
    opset,
    inputs: graph.inputs.map((value) => port(value.name!, value)),
    outputs: graph.outputs.map((value, i) => port(graph.outputNames[i]!, value)),
    operators: Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b))),
    constants: floats.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    metadata,
  }
}

export function formatModel(model: ModelDescription): string {
  const { path, bytes, producer, opset, inputs, outputs, operators, constants, metadata } = model
  const ports = (list: readonly Port[]) =>
    list.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(', ')}]`).join('; ')
  return table([
    ['model', `${path}, ${grouped(bytes)} bytes, by ${producer}, opset ${opset}`],
    ['inputs', ports(inputs)],
    ['outputs', ports(outputs)],
    ['operators', Object.entries(operators).map(([type, n]) => `${n} ${type}`).join(', ')], // biome-ignore format: one row, one line
    ['constants', `${grouped(constants)} numbers`],
    ...Object.entries(metadata),
  ])
}
