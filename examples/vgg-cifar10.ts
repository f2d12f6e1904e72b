/**
 * A small VGG on CIFAR-10: six 3x3 convolutions with batch norm, 1.2 million parameters.
 *
 *   npx gradus train examples/vgg-cifar10.ts --data DIR
 */
import { data, defineRecipe, optim, schedules, zoo } from 'gradus'

export default defineRecipe({
  data: ({ dir }) => data.cifar10({ dir }),
  model: ({ inputShape, classes }) => zoo.vgg({ inputShape, classes }),
  optimizer: optim.sgd(0.1, { momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
  schedule: schedules.warmup({ epochs: 0.5 }).andThen(schedules.cosine()),
  batchSize: 128,
  epochs: 10,
})
