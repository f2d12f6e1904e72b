import { flatten as flattened } from '../../ops/index.ts'
import { expectInput } from '../expect.ts'
import { defineLayer } from '../layer.ts'

/** All axes but the batch become one: [N, C, H, W] -> [N, C H W]. */
export const flatten = defineLayer(
  'flatten',
  () => ({
    forward(x) {
      expectInput(x.rank >= 1, 'flatten', '[N, ...]', x, 'give the model batches')
      return flattened(x)
    },
  }),
  {
    doc: 'All axes but the batch become one.',
    examples: [{ name: 'images', args: [], input: [2, 3, 4, 5] }],
  },
)

/** The input, unchanged. */
export const identity = defineLayer('identity', () => ({ forward: (x) => x }), {
  doc: 'The input, unchanged.',
  examples: [{ name: 'features', args: [], input: [2, 3] }],
})
