import { isFloat, sizeOf } from '../../core/index.ts'
import { Graph, type Value } from '../../graph/index.ts'
import type { LayerCall } from '../../nn/index.ts'
import { max, reshape, slice, sumSquare } from '../../ops/index.ts'
import { type GraphOptions, names, type TrainingGraph, trainingGraph } from '../step/training-graph.ts'
import { canDie, type Ends, flatEnds } from './ends.ts'

/** A call of a layer that statistics are made of. */
export interface WatchedCall {
  readonly path: string
  readonly type: string
  /** From 1. */
  readonly call: number
  /** [N, ...] */
  readonly output: Value
  /** What the activation does not go beyond. */
  readonly ends: Ends | undefined
  /** Whether units can give 0 for all samples, and then learn no more. */
  readonly canDie: boolean
}

/** A training graph for a few samples that gives what statistics are made of, instead of gradients. */
export interface WatchedGraph {
  readonly training: TrainingGraph
  readonly graph: Graph
  readonly calls: readonly WatchedCall[]
}

/** Names of the graph's outputs, by the number of the call. */
export const outputsOf = {
  input: 'input',
  activations: (call: number) => `activations:${call}`,
  gradients: (call: number) => `gradients:${call}`,
  largest: (call: number) => `largest:${call}`,
  square: (parameter: string) => `square:${parameter}`,
} as const

/**
 * Elements of a tensor that are looked at. With so many a mean is right to a sixtieth of the spread, and a share to a point;
 * the host counts them in a fraction of a millisecond.
 */
export const LOOKED_AT = 4096

/** The graph of {@link GraphOptions.batchSize} samples that gives statistics. */
export function watchedGraph(options: GraphOptions): WatchedGraph {
  let calls: WatchedCall[] = []
  const training = trainingGraph({ ...options, fold: false }, (all) => {
    calls = watchedCalls(all)
    return calls.map(({ output }) => output)
  })
  const outputs: Record<string, Value> = {
    [names.loss]: training.graph.results[names.loss]!,
    [outputsOf.input]: some(training.calls.at(-1)!.input),
  }
  calls.forEach(({ output, canDie }, i) => {
    outputs[outputsOf.activations(i)] = some(output)
    outputs[outputsOf.gradients(i)] = some(training.watched[i]!)
    if (canDie) outputs[outputsOf.largest(i)] = max(output, { axes: axesOfUnits(output) })
  })
  for (const name of training.parameters)
    outputs[outputsOf.square(name)] = sumSquare(training.graph.results[names.gradient(name)]!)
  return { training, graph: new Graph(training.graph.inputs, outputs), calls }
}

/**
 * The calls whose outputs are numbers of their own: not those of a layer inside, nor the same in another shape. A layer
 * that is called often, as in a loop over time, is there with its first and its last call.
 */
function watchedCalls(all: readonly LayerCall[]): WatchedCall[] {
  const seen = new Set<Value>()
  const counts = new Map<string, number>()
  const own = all.flatMap(({ path, layer, output }): WatchedCall[] => {
    const call = (counts.get(path) ?? 0) + 1
    counts.set(path, call)
    const isKnown = seen.has(output) || isSame(output, seen) || !isFloat(output.dtype)
    seen.add(output)
    if (isKnown) return []
    return [{ path, type: layer.type, call, output, ends: flatEnds(output), canDie: canDie(output) }]
  })
  return own.filter(({ path, call }) => call === 1 || call === counts.get(path))
}

const rearranging = new Set(['Reshape', 'Transpose', 'Identity', 'Flatten'])

/** Whether a value has the very numbers of one that is seen already. */
function isSame({ producer }: Value, seen: ReadonlySet<Value>): boolean {
  const [source] = producer?.inputs ?? []
  return source !== undefined && rearranging.has(producer!.op.type) && seen.has(source)
}

/** Elements from all over a value, [n]; all of them if they are few. */
function some(value: Value): Value {
  const size = sizeOf(value.shape)
  const flat = reshape(value, [size])
  if (size <= LOOKED_AT) return flat
  return slice(flat, { starts: [0], steps: [stride(size)] })
}

/** A step that has no factor in common with any axis: all channels and positions come up equally often. */
export function stride(size: number): number {
  let step = Math.ceil(size / LOOKED_AT)
  while (commonFactor(step, size) > 1) step++
  return step
}

const commonFactor = (a: number, b: number): number => (b === 0 ? a : commonFactor(b, a % b))

/** All axes but that of the units: channels [N, C, H, W], features [N, F] and [N, T, F]. */
function axesOfUnits({ rank }: Value): number[] {
  const unit = rank === 3 ? 2 : 1
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== unit)
}
