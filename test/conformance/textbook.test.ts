import { describe, expect, it } from 'vitest'
import { catalog, type Kind } from '../../src/core/index.ts'
import '../../src/node.ts'

/**
 * What chapters on training name, section by section of our own list of them; where one thing of ours stands for several of
 * theirs, its name is given once. Not here: what is not chosen by a name of its own (Nesterov and decoupled decay are
 * options, label smoothing is one of cross-entropy).
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
    section: '5. clipping and momentum',
    kind: 'transform',
    names: 'momentum clipByValue clipByGlobalNorm clipByRunningNorm'.split(' '),
  },
  { section: '6. second order', kind: 'minimizer', names: ['newton', 'newtonCg', 'bfgs', 'lbfgs'] },
  {
    section: '7. schedules',
    kind: 'schedule',
    names:
      'constant step exponential inverseTime inverseSqrt linear cosine cosineRestarts triangular warmup oneCycle'.split(
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
    names: 'hinge crossEntropy mse bceWithLogits huber focal klDivergence'.split(' '),
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
    section: '15. architecture',
    kind: 'layer',
    names:
      'conv2d maxPool2d residual basicBlock bottleneck depthwiseSeparable rnn lstm gru embedding multiHeadAttention transformerBlock'.split(
        ' ',
      ),
  },
]

describe('the textbook', () => {
  it.each(textbook)('$section', ({ kind, names }) => {
    const known = catalog(kind).map(({ name }) => name)
    expect(names.filter((name) => !known.includes(name))).toEqual([])
  })
})
