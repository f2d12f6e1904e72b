import { ensure, ensureKnownOptions } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { add, greaterOrEqual, less, logicalAnd, mul, split, sub, where } from '../ops/index.ts'
import { defineAugmentation } from './augmentation.ts'
import { beta } from './beta.ts'
import { columnsOf } from './unit.ts'

export interface MixOptions {
  /** Shares are drawn from Beta(alpha, alpha): 1 makes all alike likely, smaller ones favor little mixing. */
  readonly alpha?: number
}

function alphaOf(name: string, options: MixOptions, usual: number): number {
  ensureKnownOptions(name, options, ['alpha'])
  const { alpha = usual } = options
  ensure(alpha > 0 && Number.isFinite(alpha), `${name}: expected an alpha above 0, got ${alpha}`)
  return alpha
}

/**
 * Averages each picture with the next one of the batch, and their labels alike. The share is drawn for each sample, from (seed,
 * epoch, sample); who is next depends on the batch, which is in random order. Needs a loss that takes probabilities, such as
 * crossEntropy. The accuracy in training is then against mixed labels: of each sample it counts the share that the predicted class
 * has in its label, so that even a perfect model stays below 100%.
 * @param options.alpha 0.2 by default, as the paper has it for ImageNet, where torchvision has 1: short runs learn too little from
 *   pictures that are all mixed by half.
 * @throws for options out of range.
 * Source: Zhang et al., mixup: Beyond empirical risk minimization, 2017.
 */
export const mixup = defineAugmentation(
  'mixup',
  (options: MixOptions = {}) => {
    const alpha = alphaOf('mixup', options, 0.2)
    return {
      kind: 'mixing',
      numbers: 1,
      draw: ({ random }) => [beta(random, alpha)],
      neutral: () => [1],
      apply(x, partners, drawn) {
        const [own] = columnsOf(drawn) as [Value]
        return add(mul(x, own), mul(partners, sub(1, own)))
      },
      share: (drawn) => drawn,
    }
  },
  {
    doc: 'Averages each picture with another one of the batch, and their labels alike.',
    source: 'Zhang et al., mixup: Beyond empirical risk minimization, 2017',
    examples: [
      { name: 'default', args: [] },
      { name: 'all shares alike', args: [{ alpha: 1 }] },
    ],
  },
)

/**
 * Puts a rectangle of the next picture of the batch into each, at its place, and mixes the labels by area. The area is drawn for
 * each sample, its middle is anywhere. See {@link mixup} for what is next, the loss and the accuracy.
 * @param options.alpha 1 by default.
 * @throws for options out of range.
 * Source: Yun et al., CutMix: Regularization strategy to train strong classifiers with localizable features, 2019.
 */
export const cutMix = defineAugmentation(
  'cutMix',
  (options: MixOptions = {}) => {
    const alpha = alphaOf('cutMix', options, 1)
    return {
      kind: 'mixing',
      numbers: 5,
      draw({ random }, { height, width }) {
        const side = Math.sqrt(1 - beta(random, alpha))
        const [top, bottom] = span(random.integer(height), side, height)
        const [left, right] = span(random.integer(width), side, width)
        const area = ((bottom - top) * (right - left)) / (height * width)
        return [1 - area, top, bottom, left, right]
      },
      neutral: () => [1, 0, 0, 0, 0],
      apply(x, partners, drawn) {
        const [, top, bottom, left, right] = columnsOf(drawn) as [Value, Value, Value, Value, Value]
        const [height, width] = x.shape.slice(2) as [number, number]
        const rows = between(positions(height, [height, 1]), top, bottom)
        const columns = between(positions(width, [1, width]), left, right)
        return where(logicalAnd(rows, columns), partners, x)
      },
      share: (drawn) => split(drawn, [1, 4], { axis: 1 })[0]!,
    }
  },
  {
    doc: 'Puts a rectangle of another picture of the batch into each, and mixes the labels by area.',
    source:
      'Yun et al., CutMix: Regularization strategy to train strong classifiers with localizable features, 2019',
    examples: [{ name: 'default', args: [] }],
  },
)

/** From where to where a side goes: the share `side` of the size, around `middle`, cut off at the ends. */
function span(middle: number, side: number, size: number): [from: number, to: number] {
  const half = Math.floor((side * size) / 2)
  return [Math.max(0, middle - half), Math.min(size, middle + half)]
}

const positions = (count: number, shape: readonly number[]): Value =>
  constant(
    Float32Array.from({ length: count }, (_, i) => i),
    'float32',
    shape,
  )

const between = (at: Value, from: Value, to: Value): Value =>
  logicalAnd(greaterOrEqual(at, from), less(at, to))
