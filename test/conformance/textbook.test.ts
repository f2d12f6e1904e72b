import { describe, expect, it } from 'vitest'
import { catalog, type Kind } from '../../src/core/index.ts'
import {
  activationHistograms,
  data,
  init,
  losses,
  minimize,
  nn,
  optim,
  plotSchedule,
  reduceOnPlateau,
  schedules,
} from '../../src/node.ts'
import { checkRecipe } from '../../src/train/index.ts'

/**
 * What chapters on training name, section by section of our own list of them; where one thing of ours stands for several of
 * theirs, its name is given once. What is an option, or a function that is in no list, comes after it. Not here: the search
 * for a rate, which looks at runs.
 */
const textbook: readonly { section: string; kind: Kind; names: readonly string[] }[] = [
  {
    section: '1. activations',
    kind: 'activation',
    names: 'sigmoid tanh relu leakyRelu prelu rrelu elu selu maxout gelu silu mish hardSwish softplus'.split(
      ' ',
    ),
  },
  {
    section: '2. preprocessing',
    kind: 'preprocessing',
    names: 'standardize center minMax pca whiten zca raw'.split(' '),
  },
  {
    section: '3. initialization',
    kind: 'initializer',
    names:
      'zeros constant normal calibrated xavierNormal xavierUniform kaimingNormal kaimingUniform orthogonal'.split(
        ' ',
      ),
  },
  {
    section: '4. normalization',
    kind: 'layer',
    names: 'batchNorm1d batchNorm2d layerNorm instanceNorm1d instanceNorm2d groupNorm'.split(' '),
  },
  {
    section: '5. first-order optimizers',
    kind: 'optimizer',
    names: 'sgd adagrad rmsprop adadelta adam adamw nadam lion'.split(' '),
  },
  {
    section: '5. momentum, clipping, parameter groups',
    kind: 'transform',
    names: 'momentum clipByValue clipByGlobalNorm clipByRunningNorm groups'.split(' '),
  },
  { section: '6. second order', kind: 'minimizer', names: ['newton', 'newtonCg', 'bfgs', 'lbfgs'] },
  {
    section: '7. schedules',
    kind: 'schedule',
    names:
      'constant step multiStep exponential inverseTime inverseSqrt linear cosine cosineRestarts triangular warmup oneCycle'.split(
        ' ',
      ),
  },
  { section: '7. and 8. by the score', kind: 'hook', names: ['reduceOnPlateau', 'earlyStopping'] },
  {
    section: '8. penalties and limits',
    kind: 'transform',
    names: 'addL1 addDecay addElasticNet decoupledDecay maxNorm'.split(' '),
  },
  {
    section: '8. losses',
    kind: 'loss',
    names: 'hinge crossEntropy mse bceWithLogits huber focal binaryFocal klDivergence'.split(' '),
  },
  {
    section: '8. chance',
    kind: 'layer',
    names:
      'dropout plainDropout spatialDropout inputDropout monteCarlo dropConnect stochasticDepth fractionalMaxPool2d'.split(
        ' ',
      ),
  },
  {
    section: '8. and 9. pictures',
    kind: 'augmentation',
    names:
      'randomFlip randomVerticalFlip randomCrop randomResizedCrop rotate zoom translate shear stretch lensDistortion gaussianNoise contrast brightness hsvJitter fancyPca mixup cutout cutMix'.split(
        ' ',
      ),
  },
  {
    section: '15. architecture',
    kind: 'layer',
    names:
      'conv2d maxPool2d avgPool2d globalAvgPool flatten linear residual basicBlock bottleneck depthwiseSeparable rnn lstm gru embedding sinusoidalPositions learnedPositions multiHeadAttention transformerBlock'.split(
        ' ',
      ),
  },
]

const net = nn.linear(3, 2)
const trained = { data: () => data.digits(), model: net, optimizer: optim.sgd(0.1), epochs: 1 }

/** What is an option of something, or a function in no list: it fails if there is no such thing. */
const options: readonly [what: string, make: () => unknown][] = [
  ['1. maxout with its linear layer', () => nn.maxoutLinear(3, 2, 4)],
  ['1. a small positive bias', () => init.constant(0.01)],
  ['2. a share of the variance', () => data.pca({ variance: 0.99 })],
  ['2. one after another', () => data.minMax([-1, 1]).andThen(data.whiten({ eps: 1e-5 }))],
  ['3. gains by activation', () => init.gainFor('leakyRelu', 0.2)],
  ['3. by fan out', () => [init.kaimingNormal({ fan: 'out' }), init.kaimingUniform({ fan: 'out' })]],
  ['3. for the logistic sigmoid', () => init.xavierUniform({ gain: init.gainFor('sigmoid') })],
  ['3. histograms of activations', () => activationHistograms],
  ['4. population statistics', () => checkRecipe({ ...trained, populationStatistics: true })],
  ['5. Nesterov momentum', () => optim.sgd(0.1, { momentum: 0.9, nesterov: true })],
  ['5. coefficients of Adam', () => optim.adam(5e-4, { beta1: 0.9, beta2: 0.999, eps: 1e-8 })],
  [
    '5. a chain of links',
    () => optim.chain(optim.clipByGlobalNorm(1), optim.momentum(0.9), optim.byRate(0.1)),
  ],
  ['5. accumulation of gradients', () => checkRecipe({ ...trained, accumulate: 4 })],
  ['6. line searches', () => [optim.bfgs({ search: 'backtracking' }), optim.lbfgs({ search: 'wolfe' })]],
  ['6. minimization', () => minimize],
  ['7. one after another', () => schedules.warmup(5).andThen(schedules.cosine({ steps: 9 }))],
  ['7. a plot of a schedule', () => plotSchedule(schedules.constant(0.1), { steps: 9 })],
  ['7. a factor of 2, 5 or 10', () => [2, 5, 10].map((by) => reduceOnPlateau({ by }))],
  ['8. decay of biases, if asked', () => optim.adamw(1e-3, { weightDecay: 0.1, decayOn: 'all' })],
  ['8. label smoothing', () => losses.crossEntropy({ labelSmoothing: 0.1 })],
  ['8. class weights', () => losses.crossEntropy({ classWeights: [1, 2] })],
  ['8. squared hinge', () => losses.hinge({ squared: true })],
  ['8. linear decay of survival', () => nn.linearSurvival(2)],
  [
    '8. disjoint and random pooling',
    () => nn.fractionalMaxPool2d(1.5, { overlapping: false, order: 'random' }),
  ],
  ['8. spread of the predictions', () => nn.predictiveMoments],
  ['15. a sigmoid RNN', () => nn.rnn(1, 1, { activation: 'sigmoid' })],
]

describe('the textbook', () => {
  it.each(textbook)('$section', ({ kind, names }) => {
    const known = catalog(kind).map(({ name }) => name)
    expect(names.filter((name) => !known.includes(name))).toEqual([])
  })

  it.each(options)('%s', (_, make) => {
    expect(make()).toBeDefined()
  })
})
