import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { gather } from '../../ops/index.ts'
import { expectWhole, nameLayer } from '../expect.ts'
import { normal } from '../init.ts'
import { defineLayer, type Initializer } from '../layer.ts'
import { weight } from '../params.ts'

export interface EmbeddingOptions {
  /** How the vectors start (default `init.normal(1)`, as in PyTorch). */
  init?: Initializer
}

/**
 * A learned vector for each of `count` tokens: ids [N, ...] of int32 or int64 -> [N, ..., features].
 *
 * Parameter: `weight` [count, features]. A run fails at an id outside of -count .. count - 1; negative ones count from the
 * end.
 * @throws if a size is not a positive whole number; when the graph is built, if the ids are not integers.
 */
export const embedding = defineLayer(
  'embedding',
  (count: number, features: number, options: EmbeddingOptions = {}) => {
    ensureKnownOptions('embedding', options, ['init'])
    const { init = normal(1) } = options
    expectWhole('embedding', 'the number of tokens', count)
    expectWhole('embedding', 'the number of features', features)
    return {
      params: { weight: weight([count, features], init) },
      forward(ids, { weight }) {
        ensure(
          ids.dtype === 'int32' || ids.dtype === 'int64',
          `${nameLayer('embedding')}: expected ids int32 or int64, got ${ids.dtype}`,
          'give the model ids: it must be the first layer, and its input int32',
        )
        return gather(weight, ids)
      },
    }
  },
  {
    doc: 'A learned vector for each token.',
    source: 'Bengio et al., A Neural Probabilistic Language Model, 2003',
    examples: [{ name: 'sequences', args: [7, 4], input: [2, 3], dtype: 'int32' }],
  },
)
