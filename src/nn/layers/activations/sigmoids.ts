import * as ops from '../../../ops/index.ts'
import { defineLayer } from '../../layer.ts'

/**
 * 1 / (1 + e^-x): for outputs and gates. Never in the middle of a deep net: where it saturates it passes no gradient, at best
 * a quarter, and its outputs are not centered at 0.
 */
export const sigmoid = defineLayer('sigmoid', () => ({ forward: (x) => ops.sigmoid(x) }), {
  kind: 'activation',
  doc: '1 / (1 + e^-x): for outputs and gates, never in the middle of a deep net.',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})

/** Hyperbolic tangent: centered at 0, but it saturates; for recurrent layers, and for outputs in (-1, 1). */
export const tanh = defineLayer('tanh', () => ({ forward: (x) => ops.tanh(x) }), {
  kind: 'activation',
  doc: 'Hyperbolic tangent: centered at 0, but it saturates.',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})

/**
 * x / 6 + 1/2, limited to [0, 1]: the logistic sigmoid in straight lines, for small devices. Passes no gradient beyond +-3.
 *
 * Source: Howard et al., Searching for MobileNetV3, 2019.
 */
export const hardSigmoid = defineLayer('hardSigmoid', () => ({ forward: (x) => ops.hardSigmoid(x) }), {
  kind: 'activation',
  doc: 'x / 6 + 1/2 limited to [0, 1]: the logistic sigmoid in straight lines.',
  source: 'Howard et al., Searching for MobileNetV3, 2019',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})

/**
 * x / (1 + |x|): like tanh, but it saturates slowly.
 *
 * Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010.
 */
export const softsign = defineLayer('softsign', () => ({ forward: (x) => ops.softsign(x) }), {
  kind: 'activation',
  doc: 'x / (1 + |x|): like tanh, but it saturates slowly.',
  source:
    'Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010',
  examples: [{ name: 'features', args: [], input: [2, 3, 4] }],
})
