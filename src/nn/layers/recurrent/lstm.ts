import { add, gated, gatedTanh, split } from '../../../ops/index.ts'
import { defineLayer } from '../../layer.ts'
import { type Cell, gateSums, type RecurrentOptions, recurrent } from './unroll.ts'

const cell: Cell = {
  gates: 4,
  step(given) {
    const [i, f, g, o] = split(gateSums(given), 4, { axis: 1 }) // [N, H] each
    const written = gatedTanh(i!, g!)
    const memory = given.before ? add(gated(f!, given.before.kept!), written) : written
    return { hidden: gatedTanh(o!, memory), kept: memory }
  },
}

/**
 * Long short-term memory: a memory c_t = f c_(t-1) + i g that gates write to, forget and read, h_t = o tanh(c_t), with
 * i, f, o = sigmoid and g = tanh of W_ih x_t + b_ih + W_hh h_(t-1) + b_hh, from h_0 = c_0 = 0:
 * [N, T, in] -> [N, T, H], or [N, H] with `returns: 'last'`.
 *
 * Parameters, for layer l: `weight_ih_l` [4 H, in], `weight_hh_l` [4 H, H], `bias_ih_l` [4 H], `bias_hh_l` [4 H], in the order
 * i, f, g, o; all uniform in +-1 / sqrt(H) at first, as in PyTorch.
 * @throws for options out of range; when the graph is built, if the input is not [N, T, in].
 * Source: Hochreiter and Schmidhuber, Long Short-Term Memory, 1997; Gers et al., Learning to Forget, 2000.
 */
export const lstm = defineLayer(
  'lstm',
  (inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) =>
    recurrent('lstm', cell, inputSize, hiddenSize, options),
  {
    doc: 'Long short-term memory over sequences [N, T, in].',
    source: 'Hochreiter and Schmidhuber, Long Short-Term Memory, 1997',
    examples: [
      { name: 'sequence', args: [3, 4], input: [2, 5, 3] },
      { name: 'last state', args: [3, 4, { returns: 'last', bias: false }], input: [2, 5, 3] },
      { name: 'two layers', args: [2, 3, { layers: 2 }], input: [2, 4, 2] },
    ],
  },
)
