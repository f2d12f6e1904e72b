import { unknownName } from '../../../core/index.ts'
import { relu, sigmoid, tanh } from '../../../ops/index.ts'
import { defineLayer } from '../../layer.ts'
import { type Cell, gateSums, type RecurrentOptions, recurrent } from './unroll.ts'

const activations = { tanh, relu, sigmoid }

export interface RnnOptions extends RecurrentOptions {
  /** What is applied to the sum at each step (default `'tanh'`); PyTorch has no `'sigmoid'`. */
  activation?: keyof typeof activations
}

/**
 * Simple recurrent network: h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), from h_0 = 0:
 * [N, T, in] -> [N, T, H], or [N, H] with `returns: 'last'`.
 *
 * Parameters, for layer l: `weight_ih_l` [H, in], `weight_hh_l` [H, H], `bias_ih_l` [H], `bias_hh_l` [H], all uniform in
 * +-1 / sqrt(H) at first, as in PyTorch. Gradients through many steps vanish, or they explode: clip them with
 * `clipByGlobalNorm`. The graph grows with the number of steps, which is fixed when it is built.
 * @throws for options out of range; when the graph is built, if the input is not [N, T, in].
 * Source: Elman, Finding Structure in Time, 1990.
 */
export const rnn = defineLayer(
  'rnn',
  (inputSize: number, hiddenSize: number, options: RnnOptions = {}) => {
    const { activation = 'tanh' } = options
    const apply = activations[activation]
    if (!apply) throw unknownName('rnn activation', activation, Object.keys(activations))
    const cell: Cell = { gates: 1, step: (given) => ({ hidden: apply(gateSums(given)) }) }
    return recurrent('rnn', cell, inputSize, hiddenSize, options, ['activation'])
  },
  {
    doc: 'Simple recurrent network: h_t = tanh(W_ih x_t + W_hh h_(t-1) + b), over sequences [N, T, in].',
    source: 'Elman, Finding Structure in Time, 1990',
    examples: [
      { name: 'tanh', args: [3, 4], input: [2, 5, 3] },
      { name: 'relu, last state', args: [3, 4, { activation: 'relu', returns: 'last' }], input: [2, 5, 3] },
      { name: 'two layers', args: [2, 3, { layers: 2, activation: 'sigmoid' }], input: [2, 4, 2] },
    ],
  },
)
