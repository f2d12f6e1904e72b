import { type DType, ensure, ensureKnownOptions } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { add, gemm, matmul, mul, reshape, softmax, split, squeeze, transpose } from '../../ops/index.ts'
import { expectInput, expectWhole } from '../expect.ts'
import { calibrated, xavierUniform } from '../init.ts'
import { defineLayer, type ParamSpec } from '../layer.ts'
import { bias, weight } from '../params.ts'
import { dropout, expectProbability } from './dropout.ts'
import { linear } from './linear.ts'

export interface AttentionOptions {
  /** Each position sees only itself and those before it (default false). */
  causal?: boolean
  /** Whether the projections add an offset (default true). */
  bias?: boolean
  /** The probability that an attention weight is dropped in training, 0 <= p < 1 (default 0). */
  dropout?: number
}

/**
 * Self-attention of sequences [N, T, D] with several heads: each position becomes a mean of projections of all positions,
 * weighted by softmax(q k^T / sqrt(D / heads)), in each head by itself.
 *
 * Parameters, with torch's names and layouts: `in_proj_weight` [3 D, D] and `in_proj_bias` [3 D] (queries, keys, values),
 * `out_proj.weight` [D, D], `out_proj.bias` [D]. They start Xavier uniform, as in PyTorch, but for `out_proj.weight`: normal with
 * variance 1 / D, where PyTorch's has a third of it and shrinks what passes.
 * @param features D, of what goes in and comes out.
 * @param heads must divide D.
 * @throws for options out of range; when the graph is built, for an input of another layout.
 * Source: Vaswani et al., Attention Is All You Need, 2017.
 */
export const multiHeadAttention = defineLayer(
  'multiHeadAttention',
  (features: number, heads: number, options: AttentionOptions = {}) => {
    ensureKnownOptions('multiHeadAttention', options, ['causal', 'bias', 'dropout'])
    const { causal = false, bias: offset = true, dropout: p = 0 } = options
    expectWhole('multiHeadAttention', 'the number of features', features)
    expectWhole('multiHeadAttention', 'the number of heads', heads)
    ensure(features % heads === 0, `multiHeadAttention: ${heads} heads do not divide ${features} features`)
    expectProbability('multiHeadAttention', p)
    const params: Record<string, ParamSpec> = {
      in_proj_weight: weight([3 * features, features], xavierUniform()),
    }
    if (offset) params.in_proj_bias = bias([3 * features])
    return {
      params,
      children: {
        out_proj: linear(features, features, { bias: offset, init: calibrated() }),
        dropout: dropout(p),
      },
      forward(x, { in_proj_weight, in_proj_bias, out_proj, dropout }) {
        const advice = `set the layer to the size of the last axis, in ${heads} heads`
        const fits = x.rank === 3 && x.shape[2] === features
        expectInput(fits, 'multiHeadAttention', `[N, T, ${features}]`, x, advice)
        const [batch, length] = x.shape as [number, number, number]
        const projected = gemm(reshape(x, [batch * length, features]), in_proj_weight!, {
          bias: in_proj_bias,
          transB: true,
        })
        const [queries, keys, values] = headsOf(reshape(projected, [batch, length, 3 * features]), heads)
        const scores = matmul(mul(queries, (features / heads) ** -0.5), keys, { transB: true })
        const shares = softmax(causal ? add(scores, maskOfFuture(length, x.dtype)) : scores) // [N, heads, T, T]
        const seen = matmul(dropout(shares), values) // [N, heads, T, D / heads]
        return out_proj(reshape(transpose(seen, [0, 2, 1, 3]), [batch, length, features]))
      },
    }
  },
  {
    doc: 'Self-attention of sequences with several heads; causal if asked.',
    source: 'Vaswani et al., Attention Is All You Need, 2017',
    examples: [
      { name: 'two heads', args: [4, 2], input: [2, 3, 4] },
      { name: 'causal', args: [4, 2, { causal: true }], input: [2, 3, 4] },
      { name: 'with dropout', args: [4, 1, { dropout: 0.2, bias: false }], input: [2, 3, 4] },
    ],
  },
)

/** [N, T, 3 D] -> queries, keys and values, each [N, heads, T, D / heads]. */
function headsOf(projected: Value, heads: number): [queries: Value, keys: Value, values: Value] {
  const [batch, length, width] = projected.shape as [number, number, number]
  const parts = split(reshape(projected, [batch, length, 3, heads, width / 3 / heads]), 3, { axis: 2 })
  return parts.map((part) => transpose(squeeze(part, [2]), [0, 2, 1, 3])) as [Value, Value, Value]
}

/** What is added to scores [..., T, T], so that softmax gives nothing to later positions. Finite: a mask is no failure. */
function maskOfFuture(length: number, dtype: DType): Value {
  const mask = Float32Array.from({ length: length * length }, (_, i) =>
    i % length > Math.floor(i / length) ? -1e30 : 0,
  )
  return constant(mask, dtype, [length, length])
}
