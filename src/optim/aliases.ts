import { ensure, ensureKnownOptions } from '../core/index.ts'
import type { Schedule } from '../schedules/index.ts'
import { type AdamOptions, scaleByAdam } from './adam-scaling.ts'
import { byRate } from './by-rate.ts'
import { chain } from './chain.ts'
import { addDecay, type DecayOptions, decoupledDecay } from './decay.ts'
import type { Link, Optimizer } from './link.ts'
import { type MomentumOptions, momentum } from './momentum.ts'

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

const optimizer = (name: string, ...links: (Link | false)[]): Optimizer => ({
  ...chain(...links.filter((link) => link !== false)),
  name,
})

/**
 * Stochastic gradient descent, with PyTorch's meaning of `momentum`, `nesterov`, `dampening` and `weightDecay` (L2, part
 * of the gradient; default 0). Unlike in PyTorch, biases and the scales of norms do not decay unless `decayOn: 'all'`.
 * @param rate the learning rate, a number above 0 or a schedule.
 */
export function sgd(rate: number | Schedule, options: SgdOptions = {}): Optimizer {
  ensureKnownOptions('sgd', options, ['momentum', 'nesterov', 'dampening', 'weightDecay', 'decayOn'])
  const { momentum: rho = 0, weightDecay = 0, decayOn = 'weights', ...rest } = options
  const moving = rho !== 0
  ensure(
    moving || !(rest.nesterov || rest.dampening),
    'sgd: nesterov and dampening need momentum, got 0',
    'for example momentum: 0.9',
  )
  return optimizer(
    'sgd',
    weightDecay !== 0 && addDecay(weightDecay, { on: decayOn }),
    moving && momentum(rho, rest),
    byRate(rate),
  )
}

/**
 * Adam (Kingma and Ba, 2015), with PyTorch's defaults; `weightDecay` is L2, part of the gradient (default 0). Unlike in
 * PyTorch, biases and the scales of norms do not decay unless `decayOn: 'all'`.
 * @param rate the learning rate, a number above 0 or a schedule. Default: 0.001.
 */
export function adam(rate: number | Schedule = 1e-3, options: AdamOptions & WeightDecay = {}): Optimizer {
  const { decay, betas } = split('adam', options)
  return optimizer(
    'adam',
    decay !== 0 && addDecay(decay, { on: options.decayOn }),
    scaleByAdam(betas),
    byRate(rate),
  )
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), with PyTorch's defaults: `weightDecay` is 0.01 and is
 * multiplied by the rate. Unlike in PyTorch, biases and the scales of norms do not decay unless `decayOn: 'all'`.
 * @param rate the learning rate, a number above 0 or a schedule. Default: 0.001.
 */
export function adamw(rate: number | Schedule = 1e-3, options: AdamOptions & WeightDecay = {}): Optimizer {
  const { decay, betas } = split('adamw', { weightDecay: 0.01, ...options })
  return optimizer(
    'adamw',
    scaleByAdam(betas),
    decay !== 0 && decoupledDecay(decay, { on: options.decayOn }),
    byRate(rate),
  )
}

function split(name: string, options: AdamOptions & WeightDecay) {
  ensureKnownOptions(name, options, ['beta1', 'beta2', 'eps', 'weightDecay', 'decayOn'])
  const { weightDecay: decay = 0, decayOn: _, ...betas } = options
  return { decay, betas }
}
