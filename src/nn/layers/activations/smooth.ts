import { unknownName } from '../../../core/index.ts'
import * as ops from '../../../ops/index.ts'
import { defineLayer } from '../../layer.ts'

/**
 * x times the probability that a standard normal number is below x: what transformers use.
 * @param approximate `'none'` (default) by the error function, `'tanh'` by the approximation of GPT-2.
 * @throws for another form.
 * Source: Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
 */
export const gelu = defineLayer(
  'gelu',
  (approximate: 'none' | 'tanh' = 'none') => {
    const forms = ['none', 'tanh']
    if (!forms.includes(approximate)) throw unknownName('gelu', approximate, forms)
    return { forward: (x) => ops.gelu(x, approximate) }
  },
  {
    kind: 'activation',
    doc: 'x times the probability that a standard normal number is below x: what transformers use.',
    source: 'Hendrycks and Gimpel, Gaussian Error Linear Units, 2016',
    examples: [
      { name: 'exact', args: [], input: [2, 3, 4] },
      { name: 'by tanh', args: ['tanh'], input: [2, 3, 4] },
    ],
  },
)

/**
 * x / (1 + e^-x), also called swish.
 *
 * Source: Elfwing et al., Sigmoid-Weighted Linear Units, 2017; Ramachandran et al., Searching for Activation Functions, 2017.
 */
export const silu = defineLayer('silu', () => ({ forward: (x) => ops.mul(x, ops.sigmoid(x)) }), {
  kind: 'activation',
  doc: 'x / (1 + e^-x), also called swish.',
  source: 'Ramachandran et al., Searching for Activation Functions, 2017',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})

/**
 * x tanh(ln(1 + e^x)).
 *
 * Source: Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019.
 */
export const mish = defineLayer('mish', () => ({ forward: (x) => ops.mish(x) }), {
  kind: 'activation',
  doc: 'x tanh(ln(1 + e^x)).',
  source: 'Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2019',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})

/**
 * x times hardSigmoid(x): swish in straight lines, for small devices.
 *
 * Source: Howard et al., Searching for MobileNetV3, 2019.
 */
export const hardSwish = defineLayer('hardSwish', () => ({ forward: (x) => ops.hardSwish(x) }), {
  kind: 'activation',
  doc: 'x times (x / 6 + 1/2 limited to [0, 1]): swish for small devices.',
  source: 'Howard et al., Searching for MobileNetV3, 2019',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})

/** ln(1 + e^x): a smooth ReLU that is never 0; for outputs that must be positive. */
export const softplus = defineLayer('softplus', () => ({ forward: (x) => ops.softplus(x) }), {
  kind: 'activation',
  doc: 'ln(1 + e^x): a smooth ReLU, for outputs that must be positive.',
  source: 'Dugas et al., Incorporating Second-Order Functional Knowledge for Better Option Pricing, 2001',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})
