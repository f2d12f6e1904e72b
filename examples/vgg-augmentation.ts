/**
 * What augmentation does for the small VGG on CIFAR-10: trains it on pictures as the policy named by AUGMENT changes them (`light`,
 * `standard`, `strong`), or on the pictures themselves if it is `none`.
 *
 *   AUGMENT=standard npx gradus train examples/vgg-augmentation.ts --data DIR
 *
 * Measured: docs/results/vgg-augmentation/.
 */
import { augment, data, defineRecipe, optim, schedules, zoo } from 'gradus'

const policies = { light: augment.light, standard: augment.standard, strong: augment.strong }
const name = process.env.AUGMENT ?? 'standard'
const policy = policies[name as keyof typeof policies]
if (!policy && name !== 'none')
  throw new Error(`AUGMENT is "${name}", expected none, ${Object.keys(policies).join(', ')}`)

export default defineRecipe({
  name: `vgg-${name}`,
  data: ({ dir }) => data.cifar10({ dir }),
  augment: policy?.() ?? [],
  model: ({ inputShape, classes }) => zoo.vgg({ inputShape, classes }),
  optimizer: optim.sgd(0.05, { momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
  schedule: schedules.warmup({ epochs: 0.5 }).andThen(schedules.cosine()),
  epochs: 10,
  batchSize: 128,
  seed: 0,
})
