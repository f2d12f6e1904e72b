import type { Value } from '../../../graph/index.ts'
import { add, gemm, mul, reshape, sigmoid, split, sub, tanh } from '../../../ops/index.ts'
import { defineLayer } from '../../layer.ts'
import { type Cell, type RecurrentOptions, recurrent, type StepInput } from './unroll.ts'

/** The state's part of all gates, [N, 3 H], or [1, 3 H] at the first step; absent if it is zero. */
function stateSums({ before, weight, offset }: StepInput): Value | undefined {
  if (before) return gemm(before.hidden, weight, { bias: offset, transB: true })
  return offset && reshape(offset, [1, offset.shape[0]!])
}

const cell: Cell = {
  gates: 3,
  separate: true,
  step(given) {
    const hiddenSize = given.weight.shape[1]!
    const cut = (sums: Value) => split(sums, [2 * hiddenSize, hiddenSize], { axis: 1 })
    const [gateInput, freshInput] = cut(given.fromInput)
    const sums = stateSums(given)
    const [gateState, freshState] = sums ? cut(sums) : []
    const gates = sigmoid(gateState ? add(gateInput!, gateState) : gateInput!)
    const [reset, keep] = split(gates, 2, { axis: 1 }) // [N, H] each
    const fresh = tanh(freshState ? add(freshInput!, mul(reset!, freshState)) : freshInput!)
    // (1 - keep) fresh + keep before
    const change = given.before ? mul(keep!, sub(given.before.hidden, fresh)) : mul(keep!, fresh)
    return { hidden: given.before ? add(fresh, change) : sub(fresh, change) }
  },
}

/**
 * Gated recurrent unit: h_t = (1 - z) n + z h_(t-1), where n = tanh(W_in x_t + b_in + r (W_hn h_(t-1) + b_hn)) and the gates
 * r, z are sigmoids of the same sums, from h_0 = 0: [N, T, in] -> [N, T, H], or [N, H] with `returns: 'last'`.
 *
 * Parameters, for layer l: `weight_ih_l` [3 H, in], `weight_hh_l` [3 H, H], `bias_ih_l` [3 H], `bias_hh_l` [3 H], in the order
 * r, z, n; all uniform in +-1 / sqrt(H) at first. The reset gate r acts after the product, as in PyTorch (in the paper it
 * acts before).
 * @throws for options out of range; when the graph is built, if the input is not [N, T, in].
 * Source: Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014.
 */
export const gru = defineLayer(
  'gru',
  (inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) =>
    recurrent('gru', cell, inputSize, hiddenSize, options),
  {
    doc: 'Gated recurrent units over sequences [N, T, in].',
    source: 'Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, 2014',
    examples: [
      { name: 'sequence', args: [3, 4], input: [2, 5, 3] },
      { name: 'last state', args: [3, 4, { returns: 'last', bias: false }], input: [2, 5, 3] },
      { name: 'two layers', args: [2, 3, { layers: 2 }], input: [2, 4, 2] },
    ],
  },
)
