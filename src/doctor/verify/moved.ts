import { cloneTensor, Random, type Tensor } from '../../core/index.ts'
import { type Layer, parametersOf } from '../../nn/index.ts'

/** How far parameters move, as a share of their own size. */
const SHARE = 0.1
/** How far those move that are all 0 and have one axis, such as biases. */
const BIAS = 0.05

/**
 * Parameters and buffers a little beside `tensors`, as copies: where a model starts, much can be 0 that will not stay so (a last
 * layer, the scales of residual branches), and hides what comes before it.
 * @param share of a parameter's root mean square that its elements are moved by. Default: 0.1.
 */
export function moved(
  model: Layer,
  tensors: ReadonlyMap<string, Tensor>,
  seed: number,
  share = SHARE,
): Map<string, Tensor> {
  const result = new Map([...tensors].map(([name, tensor]) => [name, cloneTensor(tensor)]))
  for (const { name, spec } of parametersOf(model)) {
    const { data } = result.get(name)! as Tensor<'float32'>
    const size = rootMeanSquare(data)
    const fanIn = spec.shape.slice(1).reduce((product, n) => product * n, 1)
    const std = size > 0 ? share * size : spec.shape.length > 1 ? 1 / Math.sqrt(fanIn) : BIAS
    const random = new Random(seed, 'moved', name)
    for (let i = 0; i < data.length; i++) data[i]! += std * random.normal()
  }
  return result
}

export function rootMeanSquare(values: Float32Array): number {
  let squares = 0
  for (const value of values) squares += value * value
  return values.length > 0 ? Math.sqrt(squares / values.length) : 0
}
