import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { numbersOf, type Tensor, tensor } from '../../src/core/index.ts'
import { input } from '../../src/graph/index.ts'
import { correctCount, type Loss, losses } from '../../src/nn/index.ts'
import { compile } from '../../src/runtime/index.ts'
import { expectClose, fixture, load } from './support.ts'

/** What PyTorch computed; made by test/fixtures/nn.py and losses.py. */
const references: (typeof fixture)['losses'] = {
  ...fixture.losses,
  ...JSON.parse(readFileSync(fileURLToPath(new URL('../fixtures/losses.json', import.meta.url)), 'utf8'))
    .losses,
}

/** The losses of the fixtures, written with our builders. */
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
  hinge: losses.hinge(),
  'hinge at +-90': losses.hinge(),
  'hinge squared': losses.hinge({ margin: 0.5, squared: true }),
  'hinge of Crammer and Singer': losses.hinge({ form: 'crammer-singer' }),
  'hinge of Crammer and Singer at +-90': losses.hinge({ form: 'crammer-singer' }),
  'hinge of Crammer and Singer, squared': losses.hinge({ form: 'crammer-singer', squared: true }),
  huber: losses.huber(),
  'huber narrow': losses.huber({ delta: 0.3 }),
  'huber at +-90': losses.huber(),
  smoothL1: losses.smoothL1(),
  'smoothL1 narrow': losses.smoothL1({ beta: 0.3 }),
  focal: losses.focal(),
  'focal of a root': losses.focal({ gamma: 0.5 }),
  'focal weighted': losses.focal({ classWeights: [1, 0.5, 2, 0] }),
  'focal without focus': losses.focal({ gamma: 0, classWeights: [1, 0.5, 2, 0] }),
  'focal at +-90': losses.focal(),
  binaryFocal: losses.binaryFocal(),
  'binaryFocal of other options': losses.binaryFocal({ gamma: 0.5, alpha: 0.6 }),
  'binaryFocal at +-90': losses.binaryFocal(),
  klDivergence: losses.klDivergence(),
  'klDivergence softened': losses.klDivergence({ temperature: 3 }),
  'klDivergence of certain targets': losses.klDivergence(),
}

/** A loss and its gradient by the output. */
function evaluate(loss: Loss, output: Tensor, target: Tensor) {
  const run = compile((output, target) => {
    const value = loss.apply(output, target)
    return { value, gradient: gradients(value, [output])[0]! }
  })
  return run(output, target)
}

describe('losses give what PyTorch gives', () => {
  it('and every loss of the fixture is compared', () => {
    expect(Object.keys(cases)).toEqual(Object.keys(references))
  })

  for (const [name, loss] of Object.entries(cases)) {
    it(name, async () => {
      const expected = references[name]!
      const dtype = expected.target.shape.length === 1 ? 'int32' : 'float32'
      const { value, gradient } = await evaluate(loss, load(expected.output), load(expected.target, dtype))
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
  expect(losses.hinge().targetShape([32, 10])).toEqual([32])
  expect(losses.klDivergence().targetShape([32, 10])).toEqual([32, 10])
})

it('a model that knows nothing loses ln C', async () => {
  const run = compile((output, target) => losses.crossEntropy().apply(output, target))
  const loss = await run(tensor(new Float32Array(20), [2, 10]), tensor([3, 7], [2], 'int32'))
  expect(numbersOf(loss)[0]).toBeCloseTo(Math.log(10), 6)
})

describe('losses in the limit', () => {
  it('hinge of equal scores is (C - 1) margin', async () => {
    const scores = tensor(new Float32Array(20), [2, 10])
    const { value } = await evaluate(losses.hinge({ margin: 2 }), scores, tensor([3, 7], [2], 'int32'))
    expect(numbersOf(value)).toEqual([18])
  })

  it('hinge costs nothing beyond the margin, and moves nothing', async () => {
    const scores = tensor([4, 1, 0], [1, 3])
    for (const form of ['weston-watkins', 'crammer-singer'] as const) {
      const { value, gradient } = await evaluate(losses.hinge({ form }), scores, tensor([0], [1], 'int32'))
      expect([value, gradient].flatMap(numbersOf).map(Math.abs)).toEqual([0, 0, 0, 0])
    }
  })

  it('klDivergence is 0 where the model agrees', async () => {
    const logits = tensor([1, 2, 3, -1], [1, 4])
    const softmaxed = numbersOf(logits).map(Math.exp)
    const total = softmaxed.reduce((a, b) => a + b)
    const target = tensor(
      softmaxed.map((e) => e / total),
      [1, 4],
    )
    const { value, gradient } = await evaluate(losses.klDivergence(), logits, target)
    for (const x of [value, gradient].flatMap(numbersOf)) expect(x).toBeCloseTo(0, 6)
  })

  it('focal losses of answers that are right and certain vanish without a trace', async () => {
    const wide = [losses.focal({ gamma: 0.5 }), tensor([90, -90], [1, 2]), tensor([0], [1], 'int32')] as const
    const binary = [losses.binaryFocal({ gamma: 0.5 }), tensor([90, -90]), tensor([1, 0])] as const
    for (const [loss, output, target] of [wide, binary]) {
      const { value, gradient } = await evaluate(loss, output, target)
      for (const x of [value, gradient].flatMap(numbersOf)) expect(x).toBeCloseTo(0, 12)
    }
  })
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
  const { crossEntropy, mse, bceWithLogits, hinge, focal, binaryFocal, huber, klDivergence } = losses
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
    [() => hinge({ margin: 0 }), 'hinge: expected margin > 0, got 0'],
    [() => hinge({ form: 'weston' as never }), 'did you mean "weston-watkins"?'],
    [() => hinge().targetShape([8]), 'hinge: expected logits [N, C], got [8]'],
    [
      () => hinge().apply(logits, input('labels', [8])),
      'hinge: expected targets int32 [8], got labels float32 [8]',
    ],
    [() => focal({ gamma: -1 }), 'focal: expected gamma >= 0, got -1'],
    [() => focal({ classWeights: [0] }), 'focal: expected a class weight > 0, got none'],
    [
      () => focal({ classWeights: [1, 2] }).targetShape([8, 10]),
      'focal: expected 10 class weights, one per logit, got 2',
    ],
    [() => binaryFocal({ alpha: 2 }), 'binaryFocal: expected 0 <= alpha <= 1, got 2'],
    [() => huber({ delta: 0 }), 'huber: expected delta > 0, got 0'],
    [() => losses.smoothL1({ beta: -1 }), 'smoothL1: expected beta > 0, got -1'],
    [() => klDivergence({ temperature: 0 }), 'klDivergence: expected temperature > 0, got 0'],
    [
      () => klDivergence().apply(logits, input('targets', [8, 9])),
      'klDivergence: expected targets float32 [8, 10], like the output, got targets float32 [8, 9]',
    ],
  ])('what has no meaning (%#)', (build, message) => {
    expect(build).toThrow(message)
  })
})
