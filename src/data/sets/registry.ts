import { unknownName } from '../../core/index.ts'
import { cifar10Source } from './cifar10.ts'
import { cifar100Source } from './cifar100.ts'
import { digitsSource } from './digits.ts'
import { fashionMnistSource, mnistSource } from './mnist.ts'
import type { DatasetSource } from './source.ts'

/** The data sets that can be asked for by name. */
export const datasets: readonly DatasetSource[] = [
  digitsSource,
  mnistSource,
  fashionMnistSource,
  cifar10Source,
  cifar100Source,
]

/**
 * The data set called `name`.
 * @throws if there is none; suggests the nearest name.
 */
export function findDataset(name: string): DatasetSource {
  const found = datasets.find((source) => source.name === name)
  if (found) return found
  throw unknownName(
    'data set',
    name,
    datasets.map((source) => source.name),
  )
}
