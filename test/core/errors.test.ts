import { describe, expect, it } from 'vitest'
import { ensure, ensureKnownOptions, GradusError, nearest, unknownName } from '../../src/core/index.ts'

describe('GradusError', () => {
  it('has the notes below its message', () => {
    const error = new GradusError('what is wrong', ['where', 'what to do'])
    expect(error.message).toBe('what is wrong\n  where\n  what to do')
    expect(error.notes).toEqual(['where', 'what to do'])
    expect(() => ensure(false, 'a', 'b')).toThrow(new GradusError('a', ['b']))
  })
})

describe('nearest', () => {
  const names = ['digits', 'mnist', 'fashion-mnist', 'cifar10', 'resnet18', 'lenet']
  it.each([
    ['minst', 'mnist'],
    ['MNIST', 'mnist'],
    ['digit', 'digits'],
    ['cifar', 'cifar10'],
    ['fashion', 'fashion-mnist'],
    ['resnet', 'resnet18'],
    ['lnet', 'lenet'],
    ['imagenet', undefined],
    ['x', undefined],
    ['', undefined],
  ])('%j means %j', (name, meant) => {
    expect(nearest(name, names)).toBe(meant)
  })
})

it('unknown names and options are listed, with a guess', () => {
  expect(unknownName('model', 'vg', ['vgg', 'mlp']).message).toBe(
    'unknown model "vg"; did you mean "vgg"?\n  known: vgg, mlp',
  )
  expect(() => ensureKnownOptions('sgd', { momentun: 1 }, ['momentum'])).toThrow(/did you mean "momentum"/)
  expect(unknownName('model', {} as never, ['vgg']).message).toContain('unknown model "[object Object]"')
})

it.each([
  [false, 'got false'],
  [0.5, 'got 0.5'],
  [null, 'got null'],
  [[0.9], 'got an array'],
])('%j is not taken for options', (given, got) => {
  expect(() => ensureKnownOptions('sgd', given as never, ['momentum', 'nesterov'])).toThrow(
    `sgd: expected options by name, ${got}\n  known: momentum, nesterov; for example { momentum: ... }`,
  )
})
