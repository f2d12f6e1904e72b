import { bytesOf, GradusError, isFloat, sizeOf, within } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { inspectOnnx, type OnnxListing, type OnnxModel, type OnnxPort } from '../onnx/index.ts'
import { readModel, readModelFile } from './model-file.ts'
import { grouped, table } from './table.ts'

/** What an ONNX file holds. */
export interface ModelDescription extends Omit<OnnxListing, 'producer' | 'constants'> {
  readonly path: string
  readonly bytes: number
  readonly producer: string
  /** The version of ONNX's own operators; undefined if the file uses none. */
  readonly opset: number | undefined
  /** Floating-point numbers in the file's constants. */
  readonly constants: number
  readonly constantBytes: number
  /** Why Gradus cannot make a graph of it, which can be run and trained: what is wrong, then notes. Absent if it can. */
  readonly unreadable?: readonly string[]
}

/**
 * Describes the model that a person means by `source`: as the graph that it becomes, or if Gradus cannot read that, as it
 * stands in the file.
 * @throws if there is no file, or no model in it.
 */
export function describeModel(source: string): ModelDescription {
  const { file, bytes } = readModelFile(source)
  const listing = within(file, () => inspectOnnx(bytes))
  const { producer, opsets, constants, operators } = listing
  const asItStands = {
    ...listing,
    path: file,
    bytes: bytes.length,
    producer: `${producer.name} ${producer.version}`.trim() || 'unknown',
    opset: opsets[''] ?? opsets['ai.onnx'],
    operators: ordered(operators),
    constants: constants.floats,
    constantBytes: constants.bytes,
  }
  try {
    return { ...asItStands, ...contentOf(readModel(bytes)) }
  } catch (error) {
    if (!(error instanceof GradusError)) throw error
    return { ...asItStands, unreadable: [...error.message.split('\n  '), ...openSizes(listing)] }
  }
}

/** A batch of one is nothing special; of other open sizes, 1 may not be what the model is for. */
function openSizes({ inputs }: OnnxListing): string[] {
  const isOpen = inputs.some(({ shape }) => shape?.some((size, axis) => axis > 0 && typeof size === 'string'))
  return isOpen ? ['sizes that the file leaves open were taken as 1'] : []
}

/** What becomes of a file: names without values vanish, operators are brought to the newest opset. */
function contentOf({ graph, dynamicAxes }: OnnxModel) {
  const port = (name: string, { dtype, shape }: Value): OnnxPort => ({
    name,
    dtype,
    shape: shape.map((n, axis) => dynamicAxes[name]?.[axis] ?? n),
  })
  const counts = new Map<string, number>()
  for (const { op } of graph.nodes) counts.set(op.type, (counts.get(op.type) ?? 0) + 1)
  const constants = graph.constants()
  const floats = constants.filter(({ dtype }) => isFloat(dtype))
  return {
    inputs: graph.inputs.map((value) => port(value.name!, value)),
    outputs: graph.outputs.map((value, i) => port(graph.outputNames[i]!, value)),
    operators: ordered(Object.fromEntries(counts)),
    constants: floats.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    constantBytes: constants.reduce((sum, { data }) => sum + bytesOf(data!).length, 0),
  }
}

/** The most frequent first. */
const ordered = (counts: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(counts).sort(([a, m], [b, n]) => n - m || a.localeCompare(b)))

export function formatModel(model: ModelDescription): string {
  const { path, bytes, producer, opsets, inputs, outputs, operators } = model
  const { constants, constantBytes, metadata, unreadable = [] } = model
  const ports = (list: readonly OnnxPort[]) =>
    list
      .map(({ name, dtype, shape }) => `${name} ${dtype} ${shape ? `[${shape.join(', ')}]` : '?'}`)
      .join('; ')
  const versions = Object.entries(opsets).map(([domain, version]) =>
    domain === '' || domain === 'ai.onnx' ? `opset ${version}` : `${domain} ${version}`,
  )
  return table([
    ['model', [path, `${grouped(bytes)} bytes`, `by ${producer}`, ...versions].join(', ')],
    ['inputs', ports(inputs)],
    ['outputs', ports(outputs)],
    ['operators', Object.entries(operators).map(([type, n]) => `${n} ${type}`).join(', ')], // biome-ignore format: one row, one line
    ['constants', `${grouped(constants)} numbers, ${grouped(constantBytes)} bytes`],
    ...Object.entries(metadata),
    ...unreadable.map((line, i) => row(i === 0 ? 'training' : '', i === 0 ? `not possible: ${line}` : line)),
  ])
}

const row = (name: string, content: string): readonly [string, string] => [name, content]
