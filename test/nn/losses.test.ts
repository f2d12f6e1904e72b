import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { numbersOf, tensor } from '../../src/core/index.ts'
import { input } from '../../src/graph/index.ts'
import { correctCount, type Loss, losses } from '../../src/nn/index.ts'
import { compile } from '../../src/runtime/index.ts'
import { expectClose, fixture, load } from './support.ts'

/** The losses of test/fixtures/nn.py, written with our builders. */
const cases: Readonly<Record<string, Loss>> = {
  crossEntropy: losses.crossEntropy(),
  'crossEntropy at +-90': losses.crossEntropy(),
  'crossEntropy smoothed': losses.crossEntropy({ labelSmoothing: 0.1 }),
  'crossEntropy weighted': losses.crossEntropy({ classWeights: [1, 0.5, 2, 0] }),
  'crossEntropy weighted, smoothed': losses.crossEntropy({
    classWeights: [1, 0.5, 2, 0],
    labelSmoothing: 0.2,
  }),
  'crossEntropy of probabilities': losses.crossEntropy(),
  'crossEntropy of probabilities, weighted, smoothed': losses.crossEntropy({
    classWeights: [1, 0.5, 2, 0],
    labelSmoothing: 0.2,
  }),
  mse: losses.mse(),
  bceWithLogits: losses.bceWithLogits(),
  'bceWithLogits at +-90': losses.bceWithLogits(),
  'bceWithLogits weighted': losses.bceWithLogits({ posWeight: 3 }),
  'bceWithLogits weighted at +-90': losses.bceWithLogits({ posWeight: 3 }),
}

describe('losses give what PyTorch gives', () => {
  it('and every loss of the fixture is compared', () => {
    expect(Object.keys(cases)).toEqual(Object.keys(fixture.losses))
  })

  for (const [name, loss] of Object.entries(cases)) {
    it(name, async () => {
      const expected = fixture.losses[name]!
      const run = compile((output, target) => {
        const value = loss.apply(output, target)
        return { value, gradient: gradients(value, [output])[0]! }
      })
      const dtype = expected.target.shape.length === 1 ? 'int32' : 'float32'
      const { value, gradient } = await run(load(expected.output), load(expected.target, dtype))
      expectClose(value, expected.loss, 'loss')
      expectClose(gradient, expected.gradient, 'gradient')
    })
  }
})

it('losses say which targets they expect', () => {
  expect(losses.crossEntropy().targetShape([32, 10])).toEqual([32])
  expect(losses.crossEntropy().targetDType).toBe('int32')
  expect(losses.mse().targetShape([32, 3])).toEqual([32, 3])
  expect(losses.bceWithLogits().targetDType).toBe('float32')
})

it('a model that knows nothing loses ln C', async () => {
  const run = compile((output, target) => losses.crossEntropy().apply(output, target))
  const loss = await run(tensor(new Float32Array(20), [2, 10]), tensor([3, 7], [2], 'int32'))
  expect(numbersOf(loss)[0]).toBeCloseTo(Math.log(10), 6)
})

describe('correctCount', () => {
  it('counts right predictions; of equal scores the first is the prediction', async () => {
    const scores = tensor([1, 3, 2, 5, 5, 0, 0, 0, 0, -1, -2, 4], [4, 3])
    const count = compile(correctCount)
    expect(numbersOf(await count(scores, tensor([1, 0, 0, 2], [4], 'int32')))).toEqual([4])
    expect(numbersOf(await count(scores, tensor([1, 1, 2, 2], [4], 'int32')))).toEqual([2])
    expect(numbersOf(await count(scores, tensor([0, 2, 1, 0], [4], 'int32')))).toEqual([0])
  })

  it('names what does not fit', () => {
    const scores = input('scores', [4, 3])
    expect(() => correctCount(scores, input('classes', [3], 'int32'))).toThrow(
      'correctCount: expected classes int32 [4], got classes int32 [3]',
    )
    expect(() => correctCount(input('scores', [4]), input('classes', [4], 'int32'))).toThrow(
      'correctCount: expected scores [N, C], got [4]',
    )
  })
})

describe('losses refuse', () => {
  const logits = input('logits', [8, 10])
  const { crossEntropy, mse, bceWithLogits } = losses
  it.each([
    [() => crossEntropy({ labelSmoothing: 1 }), 'crossEntropy: expected 0 <= labelSmoothing < 1, got 1'],
    [() => crossEntropy({ classWeights: [1, -1] }), 'crossEntropy: expected class weights >= 0, got -1'],
    [() => crossEntropy({ classWeights: [0, 0] }), 'crossEntropy: expected a class weight > 0, got none'],
    [
      () => crossEntropy({ classWeights: [1, 2] }).targetShape([8, 10]),
      'crossEntropy: expected 10 class weights, one per logit, got 2',
    ],
    [
      () => crossEntropy().targetShape([8, 10, 1, 1]),
      'crossEntropy: expected logits [N, C], got [8, 10, 1, 1]',
    ],
    [
      () => crossEntropy().apply(logits, input('labels', [7], 'int32')),
      'crossEntropy: expected targets int32 [8] or float32 [8, 10], got labels int32 [7]',
    ],
    [
      () => mse().apply(logits, input('targets', [8])),
      'mse: expected targets float32 [8, 10], like the output, got targets float32 [8]',
    ],
    [() => bceWithLogits({ posWeight: 0 }), 'bceWithLogits: expected posWeight > 0, got 0'],
    [
      () => bceWithLogits().apply(logits, input('targets', [8, 10], 'int32')),
      'bceWithLogits: expected targets float32 [8, 10], like the output, got targets int32 [8, 10]',
    ],
  ])('what has no meaning (%#)', (build, message) => {
    expect(build).toThrow(message)
  })
})
