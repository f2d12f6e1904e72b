import { ensure } from '../../core/index.ts'
import { mul } from '../../ops/index.ts'
import { defineLayer } from '../layer.ts'

/**
 * Inverted dropout: in training each element is 0 with probability `p`, and the others are scaled by 1 / (1 - p), so that
 * evaluation is the identity. The mask is a function of (seed, step, place in the model).
 *
 * @param p the probability that an element is dropped, 0 <= p < 1 (default 0.5).
 * Source: Srivastava et al., Dropout, 2014.
 */
export const dropout = defineLayer('dropout', (p: number = 0.5) => {
  ensure(p >= 0 && p < 1, `dropout: expected a probability 0 <= p < 1, got ${p}`)
  return {
    forward: (x, _self, context) => (context.training && p > 0 ? mul(x, context.mask(x.shape, 1 - p)) : x),
  }
})
