import { ensure, ensureKnownOptions } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { add, slice } from '../../ops/index.ts'
import { expectInput, expectWhole, nameLayer } from '../expect.ts'
import { normal } from '../init.ts'
import { defineLayer, type Initializer } from '../layer.ts'
import { weight } from '../params.ts'

/**
 * Adds to each position t of x [N, T, D] a fixed vector: sin(t / 10000^(2i / D)) in element 2i, the cosine in element 2i + 1.
 * Without it attention does not know the order of what it sees.
 *
 * @throws when the graph is built, for an input of another layout, or an odd number of features.
 * Source: Vaswani et al., Attention Is All You Need, 2017.
 */
export const sinusoidalPositions = defineLayer(
  'sinusoidalPositions',
  () => ({
    forward(x) {
      expectSequence('sinusoidalPositions', x)
      const [, length, features] = x.shape as [number, number, number]
      const advice = 'each frequency takes two features, its sine and its cosine'
      expectInput(features % 2 === 0, 'sinusoidalPositions', '[N, T, D] with even D', x, advice)
      const waves = Float64Array.from({ length: length * features }, (_, i) => {
        const [position, feature] = [Math.floor(i / features), i % features]
        const angle = position / 10000 ** ((feature - (feature % 2)) / features)
        return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
      })
      return add(x, constant(waves, x.dtype, [length, features]))
    },
  }),
  {
    doc: 'Adds to each position of a sequence sines and cosines of its number.',
    source: 'Vaswani et al., Attention Is All You Need, 2017',
    examples: [{ name: 'sequences', args: [], input: [2, 5, 6] }],
  },
)

export interface LearnedPositionsOptions {
  /** How the vectors start (default `init.normal(0.02)`). */
  init?: Initializer
}

/**
 * Adds to each position of x [N, T, D] a learned vector, for T up to `length`.
 *
 * Parameter: `weight` [length, D].
 * @throws if a size is not a positive whole number; when the graph is built, for a longer input or another D.
 * Source: Gehring et al., Convolutional Sequence to Sequence Learning, 2017.
 */
export const learnedPositions = defineLayer(
  'learnedPositions',
  (length: number, features: number, options: LearnedPositionsOptions = {}) => {
    ensureKnownOptions('learnedPositions', options, ['init'])
    const { init = normal(0.02) } = options
    expectWhole('learnedPositions', 'the length', length)
    expectWhole('learnedPositions', 'the number of features', features)
    return {
      params: { weight: weight([length, features], init) },
      forward(x, { weight }) {
        expectSequence('learnedPositions', x)
        const [, steps, size] = x.shape as [number, number, number]
        ensure(
          steps <= length && size === features,
          `${nameLayer('learnedPositions')}: expected at most ${length} positions of ${features} features, ` +
            `got ${steps} of ${size}`,
          'set the layer to the longest sequence that it will see',
        )
        return add(x, steps === length ? weight : slice(weight, { starts: 0, ends: steps }))
      },
    }
  },
  {
    doc: 'Adds to each position of a sequence a learned vector.',
    source: 'Gehring et al., Convolutional Sequence to Sequence Learning, 2017',
    examples: [
      { name: 'the longest sequence', args: [5, 4], input: [2, 5, 4] },
      { name: 'a shorter one', args: [5, 4], input: [2, 3, 4] },
    ],
  },
)

function expectSequence(type: string, x: Value): void {
  expectInput(x.rank === 3, type, '[N, T, D]', x, 'it works on sequences of vectors')
}
