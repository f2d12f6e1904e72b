import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  bestOf,
  calibrationOf,
  classScores,
  confusionOf,
  meanRegressionScores,
  meanScores,
  mostConfused,
  regressionScores,
  topShare,
  wilsonInterval,
} from '../../src/train/evaluation/metrics/index.ts'

interface Fixture {
  readonly classification: Readonly<Record<string, Classified>>
  readonly regression: Readonly<Record<string, Regressed>>
  readonly intervals: readonly { count: number; total: number; interval: readonly number[] }[]
}

interface Classified {
  readonly classes: number
  readonly labels: readonly number[]
  readonly logits: readonly number[]
  readonly confusion: readonly (readonly number[])[]
  readonly precision: readonly number[]
  readonly recall: readonly number[]
  readonly f1: readonly number[]
  readonly support: readonly number[]
  readonly macro: Readonly<Record<string, number>>
  readonly weighted: Readonly<Record<string, number>>
  readonly top2: number
  readonly calibration: number
}

interface Regressed {
  readonly targets: number
  readonly truth: readonly number[]
  readonly predicted: readonly number[]
  readonly each: Readonly<Record<'mse' | 'rmse' | 'mae' | 'r2', readonly number[]>>
  readonly mean: Readonly<Record<string, number>>
}

const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../fixtures/metrics.json', import.meta.url), 'utf8'),
)

/** Both are sums in double precision. */
const close = (expected: number) => expect.closeTo(expected, 10)
const closeRecord = (expected: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, close(value)]))

describe.each(Object.entries(fixture.classification))('classification: %s', (_, known) => {
  const { labels, classes } = known
  const predicted = bestOf({ values: known.logits, width: classes })
  const confusion = confusionOf(labels, predicted, classes)
  const scores = classScores(confusion)

  it('counts and scores by class as scikit-learn does', () => {
    expect(confusion).toEqual(known.confusion)
    scores.forEach(({ precision = 0, recall = 0, f1 = 0, support }, c) => {
      expect([precision, recall, f1, support]).toEqual(
        [known.precision[c]!, known.recall[c]!, known.f1[c]!, known.support[c]!].map(close),
      )
    })
  })

  it('has its means', () => {
    expect(meanScores(scores, 'macro')).toEqual(closeRecord(known.macro))
    expect(meanScores(scores, 'weighted')).toEqual(closeRecord(known.weighted))
  })

  it('has its share among the top two', () => {
    expect(topShare({ values: known.logits, width: classes }, labels, 2)).toBe(known.top2)
  })

  it('has the calibration error of Guo et al.', () => {
    const rows = labels.map((_, i) => known.logits.slice(i * classes, (i + 1) * classes).map(Math.exp))
    const confidence = rows.map((row) => Math.max(...row) / row.reduce((a, b) => a + b, 0))
    const right = labels.map((label, i) => Number(predicted[i] === label))
    const { error, bins, confidence: mean } = calibrationOf(confidence, right)
    expect(error).toEqual(close(known.calibration))
    expect(mean).toEqual(close(confidence.reduce((a, b) => a + b, 0) / labels.length))
    expect(bins.reduce((sum, { samples }) => sum + samples, 0)).toBe(labels.length)
  })
})

describe('scores by class', () => {
  it('say nothing of a class that neither occurs nor is predicted', () => {
    const scores = classScores([
      [2, 0],
      [0, 0],
    ])
    expect(scores[1]).toEqual({ support: 0, predicted: 0 })
    expect(meanScores(scores, 'macro')).toEqual({ precision: 1, recall: 1, f1: 1 })
  })

  it('rank the pairs that are confused', () => {
    const confusion = [
      [5, 1, 3],
      [0, 9, 0],
      [3, 4, 1],
    ]
    expect(mostConfused(confusion, 3)).toEqual([
      { label: 2, predicted: 1, count: 4 },
      { label: 0, predicted: 2, count: 3 },
      { label: 2, predicted: 0, count: 3 },
    ])
  })
})

describe('ranking', () => {
  const ties = { values: [1, 1, 1, 0, 2, 2], width: 3 }
  it('takes the first of equal scores, as the accuracy in training does', () => {
    expect([...bestOf(ties)]).toEqual([0, 1])
    expect(topShare(ties, [0, 1], 1)).toBe(1)
    expect(topShare(ties, [1, 2], 1)).toBe(0)
    expect(topShare(ties, [1, 2], 2)).toBe(1)
  })
})

describe('calibration', () => {
  it('keeps the ends of the range', () => {
    const { bins } = calibrationOf([0, 0.5, 1, 1], [0, 1, 1, 0], 2)
    expect(bins).toEqual([
      { from: 0, to: 0.5, samples: 2, confidence: 0.25, accuracy: 0.5 },
      { from: 0.5, to: 1, samples: 2, confidence: 1, accuracy: 0.5 },
    ])
    expect(calibrationOf([1], [1], 2).bins[0]).toEqual({ from: 0, to: 0.5, samples: 0 })
  })
})

describe('the interval of a share', () => {
  it.each(fixture.intervals)('of $count in $total is that of SciPy', ({ count, total, interval }) => {
    expect(wilsonInterval(count, total)).toEqual(interval.map(close))
  })
})

describe.each(Object.entries(fixture.regression))('regression: %s', (_, known) => {
  const scores = regressionScores(known.predicted, known.truth, known.targets)

  it('has the errors of scikit-learn', () => {
    for (const metric of ['mse', 'rmse', 'mae', 'r2'] as const)
      expect(scores.map((each) => each[metric])).toEqual(known.each[metric].map(close))
    expect(meanRegressionScores(scores)).toEqual(closeRecord(known.mean))
  })
})

describe('regression', () => {
  it('explains nothing where there is nothing to explain', () => {
    const [constant, other] = regressionScores([1, 1, 3, 2], [2, 1, 2, 2], 2)
    expect(constant).toEqual({ mse: 1, rmse: 1, mae: 1 })
    expect(meanRegressionScores([constant!, other!])).toMatchObject({ mse: 0.5, r2: 1 })
    expect(meanRegressionScores([constant!])).not.toHaveProperty('r2')
  })
})
