import { ensureKnownOptions } from '../core/index.ts'
import { add, div, mul, sign, sqrt } from '../ops/index.ts'
import { above, fraction } from './check.ts'
import { defineTransform } from './define-transform.ts'

export interface AdamOptions {
  /** How much of the gradient's running mean stays, in [0, 1). Default: 0.9. */
  readonly beta1?: number
  /** How much of the squared gradient's running mean stays, in [0, 1). Default: 0.999. */
  readonly beta2?: number
  /** Added to the root of the mean square, above 0. Default: 1e-8. */
  readonly eps?: number
}

function checked(name: string, options: AdamOptions, more: readonly string[] = []): Required<AdamOptions> {
  ensureKnownOptions(name, options, ['beta1', 'beta2', 'eps', ...more])
  const { beta1 = 0.9, beta2 = 0.999, eps = 1e-8 } = options
  fraction(name, 'beta1', beta1)
  fraction(name, 'beta2', beta2)
  above(name, 'eps', 0, eps)
  return { beta1, beta2, eps }
}

/**
 * Divides the running mean of the gradient by the root of its running mean square (Adam, Kingma and Ba, 2015). Both means
 * start from 0; their corrections for it are computed on the host in double precision.
 */
export const scaleByAdam = defineTransform(
  'scaleByAdam',
  (options: AdamOptions = {}) => {
    const { beta1, beta2, eps } = checked('scaleByAdam', options)
    return {
      state: { mean: 0, meanSquare: 0 },
      // m / (1 - beta1^t) over sqrt(v) / sqrt(1 - beta2^t) + eps, both multiplied by sqrt(1 - beta2^t): one product less.
      scalars: {
        correction: (step) => Math.sqrt(1 - beta2 ** (step + 1)) / (1 - beta1 ** (step + 1)),
        eps: (step) => eps * Math.sqrt(1 - beta2 ** (step + 1)),
      },
      update(g, state, _param, { correction, eps }) {
        const mean = add(mul(state.mean, beta1), mul(g, 1 - beta1))
        const meanSquare = add(mul(state.meanSquare, beta2), mul(mul(g, g), 1 - beta2))
        return { update: div(mul(mean, correction), add(sqrt(meanSquare), eps)), state: { mean, meanSquare } }
      },
    }
  },
  {
    doc: 'Divides the running mean of the gradient by the root of its running mean square, both corrected for their start.',
    source: 'Kingma and Ba, Adam: a method for stochastic optimization, 2015',
    examples: [
      { name: 'defaults', args: [] },
      { name: 'other coefficients', args: [{ beta1: 0.8, beta2: 0.95, eps: 1e-3 }] },
    ],
  },
)

export interface NadamOptions extends AdamOptions {
  /** How fast the coefficient of the mean grows to beta1: `beta1 (1 - 0.96^(t momentumDecay) / 2)`. Default: 0.004. */
  readonly momentumDecay?: number
}

/**
 * Adam with Nesterov momentum (Dozat, 2016): the mean of the gradient is the one that the next update would see. Its
 * coefficient grows to `beta1` in the course of training, as in PyTorch.
 */
export const scaleByNadam = defineTransform(
  'scaleByNadam',
  (options: NadamOptions = {}) => {
    const { beta1, beta2, eps } = checked('scaleByNadam', options, ['momentumDecay'])
    const { momentumDecay = 4e-3 } = options
    above('scaleByNadam', 'momentumDecay', 0, momentumDecay)
    /** The coefficient at the step number `t`, from 1. */
    const at = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay))
    const until = products(at)
    return {
      state: { mean: 0, meanSquare: 0 },
      scalars: {
        gradientShare: (step) => (1 - at(step + 1)) / (1 - until(step + 1)),
        meanShare: (step) => at(step + 2) / (1 - until(step + 2)),
        rootCorrection: (step) => 1 / Math.sqrt(1 - beta2 ** (step + 1)),
      },
      update(g, state, _param, { gradientShare, meanShare, rootCorrection }) {
        const mean = add(mul(state.mean, beta1), mul(g, 1 - beta1))
        const meanSquare = add(mul(state.meanSquare, beta2), mul(mul(g, g), 1 - beta2))
        const next = add(mul(g, gradientShare), mul(mean, meanShare))
        const root = mul(sqrt(meanSquare), rootCorrection)
        return { update: div(next, add(root, eps)), state: { mean, meanSquare } }
      },
    }
  },
  {
    doc: 'Adam with Nesterov momentum.',
    source: 'Dozat, Incorporating Nesterov momentum into Adam, 2016',
    examples: [{ name: 'defaults', args: [] }],
  },
)

/** `factor(1) * ... * factor(count)`, a function of the count alone; what was asked last is remembered, to go on from. */
function products(factor: (t: number) => number): (count: number) => number {
  let [known, product] = [0, 1]
  return (count) => {
    if (count < known) [known, product] = [0, 1]
    while (known < count) product *= factor(++known)
    return product
  }
}

/**
 * The sign of a running mean of the gradient (Lion, Chen et al., 2023): every element moves by the same amount. The mean
 * that decides weighs the new gradient more (beta1) than the one that is kept (beta2).
 */
export const scaleByLion = defineTransform(
  'scaleByLion',
  (options: Pick<AdamOptions, 'beta1' | 'beta2'> = {}) => {
    ensureKnownOptions('scaleByLion', options, ['beta1', 'beta2'])
    const { beta1 = 0.9, beta2 = 0.99 } = options
    fraction('scaleByLion', 'beta1', beta1)
    fraction('scaleByLion', 'beta2', beta2)
    return {
      state: { mean: 0 },
      update: (g, { mean }) => ({
        update: sign(add(mul(mean, beta1), mul(g, 1 - beta1))),
        state: { mean: add(mul(mean, beta2), mul(g, 1 - beta2)) },
      }),
    }
  },
  {
    doc: 'The sign of a running mean of the gradient.',
    source: 'Chen et al., Symbolic discovery of optimization algorithms, 2023',
    examples: [{ name: 'defaults', args: [] }],
  },
)
