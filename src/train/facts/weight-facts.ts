import type { Tensor } from '../../core/index.ts'
import { type Layer, parametersOf } from '../../nn/index.ts'

/** How a weight starts, [out, in, ...]. */
export interface WeightFacts {
  readonly name: string
  readonly shape: readonly number[]
  /** Of the elements. */
  readonly std: number
  /** Whether all units of the layer start alike: they have the same weights. */
  readonly sameUnits: boolean
  /** Whether all inputs of the layer count alike in each unit. */
  readonly sameInputs: boolean
}

/** How the weights of a model start: all parameters of two axes or more. */
export function weightFacts(model: Layer, tensors: ReadonlyMap<string, Tensor>): WeightFacts[] {
  return parametersOf(model).flatMap(({ name, spec: { shape } }) => {
    const held = tensors.get(name)
    return held && shape.length >= 2 ? [factsOf(name, held)] : []
  })
}

function factsOf(name: string, { shape, data }: Tensor): WeightFacts {
  const values = data as Float32Array
  const [units = 1, inputs = 1] = shape
  const row = values.length / units
  const window = row / inputs
  return {
    name,
    shape,
    std: deviation(values),
    sameUnits: units > 1 && values.every((value, i) => value === values[i % row]),
    sameInputs: inputs > 1 && values.every((value, i) => value === values[startOfRow(i, row) + (i % window)]),
  }
}

const startOfRow = (i: number, row: number) => i - (i % row)

function deviation(values: Float32Array): number {
  let [sum, squares] = [0, 0]
  for (const value of values) {
    sum += value
    squares += value * value
  }
  const mean = sum / values.length
  return Math.sqrt(Math.max(0, squares / values.length - mean * mean))
}
