/**
 * ResNet-18 on CIFAR-10, with the 3x3 stem for 32x32 images and label smoothing; 11.2 million parameters.
 *
 *   npx gradus train examples/resnet18-cifar10.ts --data DIR
 */
import { addDecay, byRate, chain, data, defineRecipe, losses, momentum, schedules, zoo } from 'gradus'

export default defineRecipe({
  data: ({ dir }) => data.cifar10({ dir }),
  model: ({ inputShape, classes }) => zoo.resnet18({ inputShape, classes, stem: 'cifar' }),
  loss: losses.crossEntropy({ labelSmoothing: 0.1 }),
  // What optim.sgd(0.1, { momentum: 0.9, nesterov: true, weightDecay: 5e-4 }) stands for:
  optimizer: chain(addDecay(5e-4), momentum(0.9, { nesterov: true }), byRate(0.1)),
  schedule: schedules.warmup({ epochs: 1 }).andThen(schedules.cosine()),
  batchSize: 128,
  epochs: 30,
})
