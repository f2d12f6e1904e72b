import { ensure, ensureKnownOptions, unknownName } from '../../core/index.ts'
import { mul } from '../../ops/index.ts'
import { expectWhole } from '../expect.ts'
import { defineLayer } from '../layer.ts'
import { drawnShape } from './dropout.ts'

export interface StochasticDepthOptions {
  /** Who shares a draw: `'sample'` (default), each sample has its own; `'batch'`, one for all, as in the paper. */
  per?: 'sample' | 'batch'
}

/**
 * Stochastic depth: the last layer in the body of a residual block. In training the whole body is left out with probability
 * 1 - `survival`, so that only the shortcut remains; in evaluation it is scaled by `survival`, the mean.
 * ```ts
 * const survivals = nn.linearSurvival(depth)
 * survivals.map((p) => nn.residual(nn.sequential(nn.conv2d(64, 64, 3, { padding: 1 }), nn.stochasticDepth(p))))
 * ```
 * A body that is left out is computed all the same: the graph of a step is fixed. What this saves is overfitting, not time.
 *
 * @param survival the probability that the body is there, 0 < survival <= 1; see {@link linearSurvival}.
 * Source: Huang et al., Deep Networks with Stochastic Depth, 2016.
 */
export const stochasticDepth = defineLayer(
  'stochasticDepth',
  (survival: number, options: StochasticDepthOptions = {}) => {
    ensureKnownOptions('stochasticDepth', options, ['per'])
    const { per = 'sample' } = options
    expectSurvival('stochasticDepth', 'survival', survival)
    if (per !== 'sample' && per !== 'batch')
      throw unknownName('stochasticDepth per', per, ['sample', 'batch'])
    return {
      forward(x, _self, context) {
        if (survival === 1) return x
        if (!context.random) return mul(x, survival)
        const batch = per === 'sample' ? drawnShape(x, context).slice(0, 1) : [1]
        const shape = [...batch, ...x.shape.slice(1).map(() => 1)]
        return mul(x, context.draw(shape, { kind: 'mask', keep: survival, value: 1 }))
      },
    }
  },
  {
    doc: 'Ends the body of a residual block that is left out in training with probability 1 - survival.',
    source: 'Huang et al., Deep Networks with Stochastic Depth, 2016',
    examples: [
      { name: 'per sample', args: [0.8], input: [4, 3, 2, 2] },
      { name: 'per batch', args: [0.5, { per: 'batch' }], input: [4, 3] },
    ],
  },
)

/**
 * The survival of each of `blocks` residual blocks, falling linearly with depth: block l of L survives with probability
 * 1 - l / L (1 - last). Early blocks matter most, since all later ones work on what they make.
 *
 * @param last the survival of the last block, 0 < last <= 1 (default 0.5, that of the paper).
 */
export function linearSurvival(blocks: number, options: { last?: number } = {}): number[] {
  ensureKnownOptions('linearSurvival', options, ['last'])
  const { last = 0.5 } = options
  expectWhole('linearSurvival', 'the number of blocks', blocks)
  expectSurvival('linearSurvival', 'last', last)
  return Array.from({ length: blocks }, (_, i) => 1 - ((i + 1) / blocks) * (1 - last))
}

function expectSurvival(type: string, what: string, p: number): void {
  ensure(p > 0 && p <= 1, `${type}: expected a probability 0 < ${what} <= 1, got ${p}`)
}
