import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cifar10, fashionMnist, fitNormalizer, mnist } from '../../src/data/index.ts'

// Beside the repository when it is developed; the numbers are those that these copies are published with.
const dirOf = (name: string) => fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url))
const countsOf = (labels: Int32Array) => {
  const counts = Array(10).fill(0)
  for (const label of labels) counts[label]++
  return counts
}

describe('the real files', () => {
  it.runIf(existsSync(dirOf('mnist')))('MNIST', async () => {
    const { train, test } = await mnist({ dir: dirOf('mnist') })
    expect([train.count, test.count]).toEqual([60_000, 10_000])
    expect(countsOf(train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
    const { mean, std } = fitNormalizer(train)
    expect(mean[0]! / 255).toBeCloseTo(0.13066, 5)
    expect(std[0]! / 255).toBeCloseTo(0.30811, 5)
    await expect(fashionMnist({ dir: dirOf('mnist') })).rejects.toThrow('found those of mnist (digits)')
  })

  it.runIf(existsSync(dirOf('cifar10')))('CIFAR-10', async () => {
    const { train, test, classes } = await cifar10({ dir: dirOf('cifar10') })
    expect(countsOf(train.labels)).toEqual(Array(10).fill(5000))
    expect(countsOf(test.labels)).toEqual(Array(10).fill(1000))
    expect(classes).toContain('frog')
    const { mean, std } = fitNormalizer(train)
    expect(mean.map((value) => value.toFixed(2))).toEqual(['125.27', '122.93', '113.86'])
    expect(std.map((value) => value.toFixed(2))).toEqual(['62.53', '61.91', '66.46'])
  })
})
