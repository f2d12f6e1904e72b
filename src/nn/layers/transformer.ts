import { ensureKnownOptions, unknownName } from '../../core/index.ts'
import { add } from '../../ops/index.ts'
import { expectInput, expectWhole } from '../expect.ts'
import { calibrated } from '../init.ts'
import { defineLayer, type Layer } from '../layer.ts'
import { gelu } from './activations.ts'
import { type AttentionOptions, multiHeadAttention } from './attention.ts'
import { dropout } from './dropout.ts'
import { linear } from './linear.ts'
import { layerNorm } from './norms.ts'

export interface TransformerBlockOptions extends Pick<AttentionOptions, 'causal' | 'dropout'> {
  /** Width of the feed-forward part (default 4 D). */
  hidden?: number
  /** Between the two layers of the feed-forward part (default `gelu()`). */
  activation?: Layer
  /**
   * `'pre'` (default) normalizes what goes into each part, so that a straight way leads through the whole net and deep ones
   * train without warm-up; `'post'` normalizes the sums, as in the paper.
   */
  norm?: 'pre' | 'post'
}

/**
 * A block of a transformer: self-attention, then two linear layers for each position, both as corrections to their input;
 * [N, T, D] -> [N, T, D]. An encoder; with `causal` what GPT is made of.
 *
 * Children, with torch's names: `self_attn`, `linear1`, `linear2`, `norm1`, `norm2`. PyTorch's TransformerEncoderLayer has ReLU,
 * dropout 0.1, post-norm and 2048 hidden units unless asked; ours are what is used today, and nothing is random unless asked.
 * After the last block of a pre-norm transformer belongs an {@link layerNorm}.
 * @param features D.
 * @param heads of the attention; must divide D.
 * @throws for options out of range; when the graph is built, for an input of another layout.
 * Source: Vaswani et al., Attention Is All You Need, 2017; Xiong et al., On Layer Normalization in the Transformer
 *   Architecture, 2020 (pre-norm).
 */
export const transformerBlock = defineLayer(
  'transformerBlock',
  (features: number, heads: number, options: TransformerBlockOptions = {}) => {
    ensureKnownOptions('transformerBlock', options, ['hidden', 'activation', 'norm', 'causal', 'dropout'])
    const { hidden = 4 * features, activation = gelu(), norm = 'pre', causal, dropout: p = 0 } = options
    expectWhole('transformerBlock', 'the number of features', features, 2)
    expectWhole('transformerBlock', 'the hidden width', hidden)
    if (norm !== 'pre' && norm !== 'post')
      throw unknownName('norm of transformerBlock', norm, ['pre', 'post'])
    return {
      children: {
        self_attn: multiHeadAttention(features, heads, { causal, dropout: p }),
        linear1: linear(features, hidden),
        activation,
        dropout: dropout(p),
        linear2: linear(hidden, features, { init: calibrated() }),
        norm1: layerNorm(features),
        norm2: layerNorm(features),
        dropout1: dropout(p),
        dropout2: dropout(p),
      },
      forward(x, self) {
        const advice = 'set the layer to the size of the last axis'
        const fits = x.rank === 3 && x.shape[2] === features
        expectInput(fits, 'transformerBlock', `[N, T, ${features}]`, x, advice)
        const attend = (y: typeof x) => self.dropout1(self.self_attn(y))
        const think = (y: typeof x) =>
          self.dropout2(self.linear2(self.dropout(self.activation(self.linear1(y)))))
        if (norm === 'post') {
          const seen = self.norm1(add(x, attend(x)))
          return self.norm2(add(seen, think(seen)))
        }
        const seen = add(x, attend(self.norm1(x)))
        return add(seen, think(self.norm2(seen)))
      },
    }
  },
  {
    doc: 'A transformer block: self-attention, then two linear layers for each position; pre-norm.',
    source: 'Vaswani et al., Attention Is All You Need, 2017',
    examples: [
      { name: 'pre-norm', args: [4, 2], input: [2, 3, 4] },
      {
        name: 'post-norm, causal',
        args: [4, 2, { norm: 'post', causal: true, hidden: 6 }],
        input: [2, 3, 4],
      },
      { name: 'with dropout', args: [4, 1, { dropout: 0.1 }], input: [2, 3, 4] },
    ],
  },
)
