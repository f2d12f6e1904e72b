import { type Shape, sizeOf, type Tensor, tensor } from '../../src/core/index.ts'

/** The weights by formula of test/fixtures/nn.py and zoo.py. */
export function noise(name: string, shape: Shape): Tensor {
  const key = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => {
    const waves = 43758.5453 * Math.sin(i * 12.9898 + key)
    const base = Math.sqrt(3) * (2 * (waves - Math.floor(waves)) - 1) // mean 0, variance 1
    if (name.includes('running_var') || (shape.length === 1 && name.includes('weight')))
      return 1 + 0.25 * base
    return base * (shape.length > 1 ? Math.sqrt(2 / sizeOf(shape.slice(1))) : 0.1)
  })
  return tensor(data, shape)
}
