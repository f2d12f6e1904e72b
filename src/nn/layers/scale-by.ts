import { ensure } from '../../core/index.ts'
import { mul } from '../../ops/index.ts'
import { defineLayer } from '../layer.ts'

/**
 * The input times a fixed number. On the scores of a classifier it sets how sure the model can be at first, and how fast the
 * last layer learns, without a change of its rate.
 * @throws if the number is not finite, or 0.
 */
export const scaleBy = defineLayer(
  'scaleBy',
  (factor: number) => {
    ensure(
      Number.isFinite(factor) && factor !== 0,
      `scaleBy: expected a finite number other than 0, got ${factor}`,
    )
    return { forward: (x) => mul(x, factor) }
  },
  {
    doc: 'The input times a fixed number.',
    examples: [{ name: 'a ninth', args: [1 / 9], input: [2, 3] }],
  },
)
