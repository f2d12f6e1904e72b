import { defineSampling } from './define.ts'

/**
 * Every stretch of the epoch, and so every batch, has all classes equally often; samples of small classes repeat. An epoch is
 * about as long as without it: samples of large classes take turns from epoch to epoch.
 */
export const balancedBatches = defineSampling(
  'balancedBatches',
  () => ({
    take: (_, counts) => Math.ceil(counts.reduce((sum, count) => sum + count, 0) / counts.length),
    arrange(classes, into, random) {
      const order = classes.map((_, c) => c)
      const rounds = classes[0]!.length
      for (let round = 0; round < rounds; round++) {
        random.shuffle(order)
        order.forEach((c, i) => {
          into[round * classes.length + i] = classes[c]![round]!
        })
      }
    },
  }),
  {
    doc: 'Every batch has all classes equally often; an epoch is as long as without it.',
    source: 'Buda, Maki and Mazurowski, A systematic study of the class imbalance problem, 2018',
    examples: [{ name: 'default', args: [] }],
  },
)
