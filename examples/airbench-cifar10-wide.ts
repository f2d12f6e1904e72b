/**
 * CIFAR-10 with eight times the work of airbench-cifar10.ts: the widths and the rate of airbench95, holes in the pictures, 28
 * passes; four parts of each batch one after the other, for the memory.
 *
 *   npx gradus train examples/airbench-cifar10-wide.ts --data DIR --seed 0
 */
import { augment } from 'gradus'
import { airbench } from './airbench-cifar10.ts'

export default airbench({
  widths: [128, 384, 384],
  rate: 10,
  augment: [augment.cutout(8)],
  epochs: 28,
  accumulate: 4,
})
