import { ensure, ensureKnownOptions } from '../core/index.ts'
import type { Schedule } from '../schedules/index.ts'
import {
  type AdamOptions,
  type NadamOptions,
  scaleByAdam,
  scaleByLion,
  scaleByNadam,
} from './adam-scaling.ts'
import { byRate } from './by-rate.ts'
import { addDecay, type DecayOptions, decoupledDecay } from './decay.ts'
import { defineOptimizer } from './define-optimizer.ts'
import { type MomentumOptions, momentum } from './momentum.ts'
import {
  type AdadeltaOptions,
  type AdagradOptions,
  type RmsOptions,
  scaleByAdadelta,
  scaleByAdagrad,
  scaleByRms,
} from './rms-scaling.ts'

interface WeightDecay {
  /** Weight decay, 0 or more. */
  readonly weightDecay?: number
  /** Which parameters decay; by default weights only, where PyTorch takes all of them. See {@link DecayOptions}. */
  readonly decayOn?: DecayOptions['on']
}

export interface SgdOptions extends MomentumOptions, WeightDecay {
  /** How much of the velocity stays, in [0, 1). Default: 0, no momentum. */
  readonly momentum?: number
}

/** The decay, as the link that is asked for, and the options that are left for the other links. */
function split<O extends WeightDecay>(name: string, options: O, known: readonly string[]) {
  ensureKnownOptions(name, options, [...known, 'weightDecay', 'decayOn'])
  const { weightDecay = 0, decayOn: on = 'weights', ...rest } = options
  return { rest, decay: (link: typeof addDecay) => weightDecay !== 0 && link(weightDecay, { on }) }
}

const adamOptions = ['beta1', 'beta2', 'eps']

/**
 * Stochastic gradient descent, with PyTorch's meaning of `momentum`, `nesterov`, `dampening` and `weightDecay` (L2, part
 * of the gradient; default 0). Unlike in PyTorch, biases and the scales of norms do not decay unless `decayOn: 'all'`.
 * @param rate the learning rate, a number above 0 or a schedule.
 */
export const sgd = defineOptimizer(
  'sgd',
  (rate: number | Schedule, options: SgdOptions = {}) => {
    const { rest, decay } = split('sgd', options, ['momentum', 'nesterov', 'dampening'])
    const { momentum: rho = 0, ...kind } = rest
    const moving = rho !== 0
    ensure(
      moving || !(kind.nesterov || kind.dampening),
      'sgd: nesterov and dampening need momentum, got 0',
      'for example momentum: 0.9',
    )
    return [decay(addDecay), moving && momentum(rho, kind), byRate(rate)]
  },
  {
    doc: 'Stochastic gradient descent, with momentum if asked.',
    source: 'Robbins and Monro, A stochastic approximation method, 1951',
    examples: [
      { name: 'plain', args: [0.1] },
      { name: 'momentum', args: [0.02, { momentum: 0.8 }] },
      { name: 'nesterov', args: [0.02, { momentum: 0.8, nesterov: true }] },
    ],
  },
)

/**
 * Divides the gradient by the root of the sum of its squares so far (Duchi et al., 2011), with PyTorch's defaults; its
 * `lr_decay` is a schedule here, {@link inverseTime}. `weightDecay` is L2 (default 0), on weights unless `decayOn: 'all'`,
 * where PyTorch takes all parameters.
 * @param rate the learning rate, a number above 0 or a schedule. Default: 0.01.
 */
export const adagrad = defineOptimizer(
  'adagrad',
  (rate: number | Schedule = 0.01, options: AdagradOptions & WeightDecay = {}) => {
    const { rest, decay } = split('adagrad', options, ['start', 'eps'])
    return [decay(addDecay), scaleByAdagrad(rest), byRate(rate)]
  },
  {
    doc: 'AdaGrad: each element has a rate that falls with the squares of its gradients.',
    source: 'Duchi, Hazan and Singer, Adaptive subgradient methods, 2011',
    examples: [{ name: 'defaults', args: [0.5] }],
  },
)

export interface RmspropOptions extends RmsOptions, WeightDecay {
  /** How much of the velocity stays, in [0, 1). Default: 0, no momentum. */
  readonly momentum?: number
}

/**
 * Divides the gradient by the root of its running mean square (Hinton, 2012), with PyTorch's defaults (its `alpha` is
 * `beta`). `weightDecay` is L2 (default 0), on weights unless `decayOn: 'all'`, where PyTorch takes all parameters.
 * @param rate the learning rate, a number above 0 or a schedule. Default: 0.01.
 */
export const rmsprop = defineOptimizer(
  'rmsprop',
  (rate: number | Schedule = 0.01, options: RmspropOptions = {}) => {
    const { rest, decay } = split('rmsprop', options, ['beta', 'eps', 'centered', 'momentum'])
    const { momentum: rho = 0, ...scaling } = rest
    return [decay(addDecay), scaleByRms(scaling), rho !== 0 && momentum(rho), byRate(rate)]
  },
  {
    doc: 'RMSProp: each element has a rate that follows the size of its recent gradients.',
    source: 'Tieleman and Hinton, Lecture 6.5: RMSProp, 2012',
    examples: [
      { name: 'plain', args: [0.02] },
      { name: 'centered, momentum', args: [0.005, { centered: true, momentum: 0.5 }] },
    ],
  },
)

/**
 * Steps in the unit of the parameter, from the running sizes of updates and gradients (Zeiler, 2012), with PyTorch's
 * defaults. `weightDecay` is L2 (default 0), on weights unless `decayOn: 'all'`, where PyTorch takes all parameters.
 * @param rate multiplies the steps; a number above 0 or a schedule. Default: 1.
 */
export const adadelta = defineOptimizer(
  'adadelta',
  (rate: number | Schedule = 1, options: AdadeltaOptions & WeightDecay = {}) => {
    const { rest, decay } = split('adadelta', options, ['rho', 'eps'])
    return [decay(addDecay), scaleByAdadelta(rest), byRate(rate)]
  },
  {
    doc: 'AdaDelta: steps in the unit of the parameter, without a learning rate to choose.',
    source: 'Zeiler, AdaDelta: an adaptive learning rate method, 2012',
    examples: [
      { name: 'defaults', args: [] },
      { name: 'larger first steps', args: [1, { eps: 1e-3 }] },
    ],
  },
)

/**
 * Adam (Kingma and Ba, 2015), with PyTorch's defaults; `weightDecay` is L2, part of the gradient (default 0). Unlike in
 * PyTorch, biases and the scales of norms do not decay unless `decayOn: 'all'`.
 * @param rate the learning rate, a number above 0 or a schedule. Default: 0.001.
 */
export const adam = defineOptimizer(
  'adam',
  (rate: number | Schedule = 1e-3, options: AdamOptions & WeightDecay = {}) => {
    const { rest, decay } = split('adam', options, adamOptions)
    return [decay(addDecay), scaleByAdam(rest), byRate(rate)]
  },
  {
    doc: 'Adam: the running mean of the gradient over the root of its running mean square.',
    source: 'Kingma and Ba, Adam: a method for stochastic optimization, 2015',
    examples: [{ name: 'defaults', args: [0.1] }],
  },
)

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with PyTorch's defaults: `weightDecay` is 0.01 and is
 * multiplied by the rate. Unlike in PyTorch, biases and the scales of norms do not decay unless `decayOn: 'all'`.
 * @param rate the learning rate, a number above 0 or a schedule. Default: 0.001.
 */
export const adamw = defineOptimizer(
  'adamw',
  (rate: number | Schedule = 1e-3, options: AdamOptions & WeightDecay = {}) => {
    const { rest, decay } = split('adamw', { weightDecay: 0.01, ...options }, adamOptions)
    return [scaleByAdam(rest), decay(decoupledDecay), byRate(rate)]
  },
  {
    doc: 'Adam with weight decay that its statistics do not see.',
    source: 'Loshchilov and Hutter, Decoupled weight decay regularization, 2019',
    examples: [
      { name: 'defaults', args: [0.1] },
      { name: 'no decay', args: [0.1, { weightDecay: 0 }] },
    ],
  },
)

/**
 * Adam with Nesterov momentum (Dozat, 2016), with PyTorch's defaults. `weightDecay` is L2 (default 0), on weights unless
 * `decayOn: 'all'`, where PyTorch takes all parameters.
 * @param rate the learning rate, a number above 0 or a schedule. Default: 0.002.
 */
export const nadam = defineOptimizer(
  'nadam',
  (rate: number | Schedule = 2e-3, options: NadamOptions & WeightDecay = {}) => {
    const { rest, decay } = split('nadam', options, [...adamOptions, 'momentumDecay'])
    return [decay(addDecay), scaleByNadam(rest), byRate(rate)]
  },
  {
    doc: 'NAdam: Adam with Nesterov momentum.',
    source: 'Dozat, Incorporating Nesterov momentum into Adam, 2016',
    examples: [{ name: 'defaults', args: [0.1] }],
  },
)

/**
 * The sign of a running mean of the gradient, with decoupled weight decay (Chen et al., 2023): beta1 0.9, beta2 0.99,
 * `weightDecay` 0 by default. Wants a rate 3 to 10 times smaller than Adam's, and a decay as much larger.
 * @param rate the learning rate, a number above 0 or a schedule. Default: 0.0001.
 */
export const lion = defineOptimizer(
  'lion',
  (rate: number | Schedule = 1e-4, options: Pick<AdamOptions, 'beta1' | 'beta2'> & WeightDecay = {}) => {
    const { rest, decay } = split('lion', options, ['beta1', 'beta2'])
    return [scaleByLion(rest), decay(decoupledDecay), byRate(rate)]
  },
  {
    doc: 'Lion: steps of one size, along the sign of a running mean of the gradient.',
    source: 'Chen et al., Symbolic discovery of optimization algorithms, 2023',
    examples: [{ name: 'defaults', args: [0.01] }],
  },
)
