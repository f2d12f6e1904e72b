import { ensureKnownOptions, unknownName } from '../../../core/index.ts'
import type { Value } from '../../../graph/index.ts'
import { add, concat, gemm, reshape, split, squeeze, transpose } from '../../../ops/index.ts'
import { expectInput, expectWhole } from '../../expect.ts'
import { uniform } from '../../init.ts'
import type { Initializer, LayerSpec, ParamSpec } from '../../layer.ts'
import { bias, weight } from '../../params.ts'

export interface RecurrentOptions {
  /** Layers on top of each other, each reading what the one below says (default 1). */
  layers?: number
  /** `'sequence'` (default), what the top layer says at each step, [N, T, H]; `'last'`, at the last step, [N, H]. */
  returns?: 'sequence' | 'last'
  /** Whether offsets are added (default true). */
  bias?: boolean
  /**
   * How the weights from state to state start (default uniform in +-1 / sqrt(H), as all others do, and as in PyTorch).
   * A simple RNN remembers for longer when it starts from an orthogonal matrix.
   */
  recurrentInit?: Initializer
}

/** What goes on from step to step: what the layer says, [N, H], and what it keeps to itself. */
export interface State {
  readonly hidden: Value
  readonly kept?: Value
}

/** What a step works with. */
export interface StepInput {
  /** The input's part of all gates, offsets included: [N, gates H]. */
  readonly fromInput: Value
  /** The state before; absent at the first step, where it is zero. */
  readonly before: State | undefined
  /** Weights from state to state, [gates H, H]. */
  readonly weight: Value
  /** Offset of the state's part, [gates H], for cells that keep it apart. */
  readonly offset: Value | undefined
}

/** One step of a recurrent layer. */
export interface Cell {
  /** Blocks of rows in the weights. */
  readonly gates: number
  /** Whether the offset of the state's part is kept apart: a gate acts on that part alone. */
  readonly separate?: boolean
  step(given: StepInput): State
}

/** The sum of the input's and the state's part of all gates. A state of zero adds nothing. */
export const gateSums = ({ fromInput, before, weight }: StepInput): Value =>
  before ? gemm(before.hidden, weight, { bias: fromInput, transB: true }) : fromInput

/**
 * A recurrent layer as one unrolled graph. What comes from the inputs is one matrix product over all steps; only what comes
 * from the state is computed step by step. Inside, the steps are the first axis, so that each is a block of memory.
 * @param more the options that the layer has besides.
 */
export function recurrent(
  type: string,
  cell: Cell,
  inputSize: number,
  hiddenSize: number,
  options: RecurrentOptions,
  more: readonly string[] = [],
): LayerSpec<Record<string, ParamSpec>, Record<never, never>, Record<never, never>> {
  ensureKnownOptions(type, options, ['layers', 'returns', 'bias', 'recurrentInit', ...more])
  const { layers = 1, returns = 'sequence' } = options
  expectWhole(type, 'the number of inputs', inputSize)
  expectWhole(type, 'the size of the state', hiddenSize)
  expectWhole(type, 'layers', layers)
  if (!['sequence', 'last'].includes(returns)) {
    throw unknownName(`${type} returns`, returns, ['sequence', 'last'])
  }
  return {
    params: paramsOf(cell.gates, inputSize, hiddenSize, layers, options),
    forward(x, self) {
      const [batch, steps] = x.shape
      const advice = `give it sequences, batch first, or set the layer to nn.${type}(${x.shape.at(-1)}, ${hiddenSize})`
      const fits = x.rank === 3 && steps! > 0 && x.shape[2] === inputSize
      expectInput(fits, type, `[N, T, ${inputSize}]`, x, advice)
      let rows = reshape(transpose(x, [1, 0, 2]), [steps! * batch!, inputSize]) // [T N, in]
      let last = rows
      for (let layer = 0; layer < layers; layer++) {
        const said = unrolled(cell, rows, steps!, (name) => self[`${name}_l${layer}`])
        rows = concat(said) // [T N, H]
        last = said.at(-1)!
      }
      if (returns === 'last') return last
      return transpose(reshape(rows, [steps!, batch!, hiddenSize]), [1, 0, 2])
    },
  }
}

/** What a layer says at each step, [N, H] each. */
function unrolled(
  cell: Cell,
  rows: Value,
  steps: number,
  param: (name: string) => Value | undefined,
): Value[] {
  const [inputWeight, weight] = [param('weight_ih')!, param('weight_hh')!]
  const [inputOffset, stateOffset] = [param('bias_ih'), param('bias_hh')]
  const joint = inputOffset && stateOffset && !cell.separate ? add(inputOffset, stateOffset) : inputOffset
  const product = gemm(rows, inputWeight, { bias: joint, transB: true }) // [T N, gates H]
  const parts = reshape(product, [steps, rows.shape[0]! / steps, product.shape[1]!])
  const offset = cell.separate ? stateOffset : undefined
  const said: Value[] = []
  let before: State | undefined
  for (const part of split(parts, steps)) {
    before = cell.step({ fromInput: squeeze(part, [0]), before, weight, offset })
    said.push(before.hidden)
  }
  return said
}

/** Parameters under torch's names: `weight_ih_l0` [gates H, in], `weight_hh_l0` [gates H, H], `bias_ih_l0`, `bias_hh_l0`. */
function paramsOf(
  gates: number,
  inputSize: number,
  hiddenSize: number,
  layers: number,
  options: RecurrentOptions,
): Record<string, ParamSpec> {
  const init = uniform(1 / Math.sqrt(hiddenSize))
  const { bias: hasBias = true, recurrentInit = init } = options
  const rows = gates * hiddenSize
  const params: Record<string, ParamSpec> = {}
  for (let layer = 0; layer < layers; layer++) {
    params[`weight_ih_l${layer}`] = weight([rows, layer === 0 ? inputSize : hiddenSize], init)
    params[`weight_hh_l${layer}`] = weight([rows, hiddenSize], recurrentInit)
    if (!hasBias) continue
    params[`bias_ih_l${layer}`] = bias([rows], init)
    params[`bias_hh_l${layer}`] = bias([rows], init)
  }
  return params
}
