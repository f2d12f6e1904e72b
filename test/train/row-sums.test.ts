import { describe, expect, it } from 'vitest'
import { sizeOf, type Tensor, tensor, zeros } from '../../src/core/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import { initialize, linear, mse } from '../../src/nn/index.ts'
import { neg } from '../../src/ops/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { firstBroken, withRowSums } from '../../src/train/step/row-sums.ts'
import { createTrainStep } from '../../src/train/step/step.ts'

const large = [256, 300]
const filled = (shape: readonly number[], value: number): Tensor =>
  tensor(new Float32Array(sizeOf(shape)).fill(value), shape)

describe('sums of rows', () => {
  it('are outputs for large gradients of float32, and for nothing else', () => {
    const [x, y] = [input('x', large), input('y', [300, 200, 3])]
    const [double, small, flat] = [
      input('d', large, 'float64'),
      input('s', [255, 256]),
      input('f', [2 ** 17]),
    ]
    const inputs = [x, y, double, small, flat]
    const given = Object.fromEntries(inputs.map((value) => [`gradient:${value.name}`, neg(value)]))
    const graph = withRowSums({
      graph: new Graph(inputs, { ...given, 'next:x': x }),
      parameters: inputs.map(({ name }) => name!),
    })
    expect(graph.outputNames.slice(6)).toEqual(['row sums of gradient:x', 'row sums of gradient:y'])
    expect(graph.outputs.slice(6).map(({ shape }) => shape)).toEqual([[256], [300]])
  })

  it('clear a gradient, and never accuse it', () => {
    const broken = (value: number, sum?: number) => {
      const gradient = filled(large, 1)
      gradient.data[70_000] = value
      const sums = sum !== undefined && { 'row sums of gradient:w': filled([256], sum) }
      return firstBroken(new Map([['w', gradient]]), { ...sums })
    }
    expect(broken(1, 300)).toBe(undefined)
    expect(broken(3e38, Infinity)).toBe(undefined)
    expect(broken(Number.NaN, Number.NaN)).toBe('w')
    expect(broken(Infinity)).toBe('w')
  })

  it.each([
    ['a number that is infinite', 1e31, 'weight'],
    ['sums that are, of numbers that are not', 1.5e29, undefined],
  ])('of a step that is fine but for %s', async (_, x, broken) => {
    // The gradient of each weight is 2 e x / 300, where the error e is 1e10.
    const model = linear(300, 300, { bias: false })
    const tensors = initialize(model, 0)
    tensors.set('weight', zeros([300, 300]))
    const step = await createTrainStep({
      model,
      loss: mse(),
      optimizer: sgd(1e-30),
      inputShape: [300],
      batchSize: 1,
      horizon: {},
      seed: 0,
      tensors,
    })
    step.inputs.data.fill(x)
    ;(step.targets.data as Float32Array).fill(-1e10)
    const result = await step.run(0)
    expect(result.loss).toBeCloseTo(1e20, -15)
    expect(result.broken).toBe(broken)
    expect(tensors.get('weight')!.data.every((value) => value === 0)).toBe(broken !== undefined)
  })
})
