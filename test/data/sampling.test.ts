import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalog } from '../../src/core/index.ts'
import {
  balancedBatches,
  classWeights,
  countClasses,
  loader,
  makeSplit,
  oversample,
  type Sampling,
  undersample,
} from '../../src/data/index.ts'

const split = (labels: readonly number[]) =>
  makeSplit(new Float32Array(labels.length), Int32Array.from(labels), [1])

function epochOf(labels: readonly number[], sampling: Sampling, epoch = 0, batchSize = 1): number[][] {
  const source = loader(split(labels), 'all', { batchSize, sampling, seed: 5 })
  return Array.from(source.batches(epoch), ({ samples, count }) => [...samples.subarray(0, count)])
}

const labelsOf = (samples: readonly number[], labels: readonly number[], classes: number) =>
  Array.from({ length: classes }, (_, c) => samples.filter((i) => labels[i] === c).length)

describe('sampling by class', () => {
  const labels = [
    ...new Array<number>(12).fill(0),
    ...new Array<number>(3).fill(1),
    ...new Array<number>(5).fill(2),
  ]

  it.each([
    ['oversample', oversample(), [12, 12, 12]],
    ['undersample', undersample(), [3, 3, 3]],
    ['balancedBatches', balancedBatches(), [7, 7, 7]],
  ] as const)('%s: every class equally often', (_, sampling, expected) => {
    expect(labelsOf(epochOf(labels, sampling).flat(), labels, 3)).toEqual(expected)
  })

  it('takes all samples of a class equally often, to within one (100 cases, each kind)', () => {
    const kinds = catalog('sampling').map(({ examples }) => examples[0]!.make() as Sampling)
    expect(kinds.length).toBe(3)
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 4, maxLength: 60 }), fc.nat(5), (labels, epoch) => {
        for (const sampling of kinds) {
          const times = new Map<number, number>()
          for (const sample of epochOf(labels, sampling, epoch).flat())
            times.set(sample, (times.get(sample) ?? 0) + 1)
          for (const label of new Set(labels)) {
            const own = labels.flatMap((l, i) => (l === label ? [times.get(i) ?? 0] : []))
            expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1)
          }
        }
      }),
    )
  })

  it('has each class in every batch of balancedBatches', () => {
    for (const batch of epochOf(labels, balancedBatches(), 1, 6)) {
      const counts = labelsOf(batch, labels, 3)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }
  })

  it('is a function of the epoch', () => {
    expect(epochOf(labels, undersample(), 3)).toEqual(epochOf(labels, undersample(), 3))
    expect(epochOf(labels, undersample(), 3)).not.toEqual(epochOf(labels, undersample(), 4))
  })

  it('is nothing for numbers to predict', () => {
    const numbers = makeSplit(new Float32Array(4), new Float32Array(4), [1])
    expect(() => loader(numbers, 'all', { batchSize: 2, sampling: oversample() })).toThrow(
      'oversample: expected classes, got numbers to predict',
    )
  })
})

describe('classWeights', () => {
  it('weighs classes so that each counts the same, and the loss stays as large', () => {
    const counts = countClasses(split([0, 0, 0, 0, 1, 1, 2, 2]), 3)
    expect(counts).toEqual([4, 2, 2])
    // scikit-learn: compute_class_weight('balanced', classes=[0, 1, 2], y=...)
    const balanced = [8 / 12, 8 / 6, 8 / 6]
    classWeights(counts).forEach((weight, c) => {
      expect(weight).toBeCloseTo(balanced[c]!, 12)
    })
    for (const kind of ['balanced', 'sqrt', 'effective'] as const) {
      const weights = classWeights([900, 90, 10], kind)
      expect((weights[0]! * 900 + weights[1]! * 90 + weights[2]! * 10) / 1000).toBeCloseTo(1, 12)
      expect(weights[0]! < weights[1]! && weights[1]! < weights[2]!).toBe(true)
    }
  })

  it('needs samples of every class', () => {
    expect(() => classWeights([3, 0])).toThrow('expected samples of every class, got 0 of class 1')
    expect(() => classWeights([3, 1], 'other' as never)).toThrow(
      'expected balanced, sqrt, effective, got "other"',
    )
  })
})
