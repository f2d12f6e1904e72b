import { flatten as flattened } from '../../ops/index.ts'
import { expectInput } from '../expect.ts'
import { defineLayer } from '../layer.ts'

/** All axes but the batch become one: [N, C, H, W] -> [N, C H W]. */
export const flatten = defineLayer('flatten', () => ({
  forward(x) {
    expectInput(x.rank >= 1, 'flatten', '[N, ...]', x, 'give the model batches')
    return flattened(x)
  },
}))

/** The input, unchanged. */
export const identity = defineLayer('identity', () => ({ forward: (x) => x }))
