import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/index.ts'
import { classWeights, makeDataset, makeSplit, oversample } from '../../src/data/index.ts'
import * as nn from '../../src/nn/index.ts'
import { sgd } from '../../src/optim/index.ts'
import { fit, type Recipe } from '../../src/train/index.ts'

/** Two overlapping clouds, of which the second is rare in training and as common as the first in the test. */
function rare() {
  const side = (counts: readonly number[], name: string) => {
    const random = new Random(name)
    const labels = counts.flatMap((count, c) => new Array<number>(count).fill(c))
    const inputs = Float32Array.from(labels.flatMap((c) => [random.normal(c, 1), random.normal(c, 1)]))
    return makeSplit(inputs, Int32Array.from(labels), [2])
  }
  return makeDataset({
    name: 'rare',
    train: side([950, 50], 'train'),
    test: side([500, 500], 'test'),
    inputRange: [-5, 5],
    classes: ['common', 'rare'],
  })
}

const accuracyOf = async (more: Partial<Recipe>) => {
  const recipe = {
    data: rare(),
    model: nn.linear(2, 2),
    optimizer: sgd(0.1),
    epochs: 15,
    batchSize: 50,
    ...more,
  }
  return (await fit(recipe, { threads: 1 })).test.accuracy!
}

describe('a rare class', () => {
  it('is found by sampling and by weights, and hardly without them', async () => {
    const plain = await accuracyOf({})
    const sampled = await accuracyOf({ sampling: oversample() })
    const seen: number[] = []
    const weighted = await accuracyOf({
      loss: ({ classes, counts }) => {
        seen.push(classes, ...counts)
        return nn.losses.crossEntropy({ classWeights: classWeights(counts) })
      },
    })
    // Of two normal clouds a root of 2 apart, a straight line tells 76% apart.
    expect(seen).toEqual([2, 855, 45])
    expect(plain).toBeLessThan(0.62)
    expect(sampled).toBeGreaterThan(0.72)
    expect(weighted).toBeGreaterThan(0.72)
  })

  it('says what is wrong with the fields', async () => {
    await expect(accuracyOf({ sampling: 'oversample' as never })).rejects.toThrow(
      'expected a way of sampling, got "oversample"',
    )
    await expect(accuracyOf({ loss: () => 3 as never })).rejects.toThrow('loss: expected a loss, got 3')
  })
})
