import { ensureKnownOptions } from '../core/index.ts'
import { constant, type Value } from '../graph/index.ts'
import { add, clip, div, equal, floor, max, min, minimum, mul, pow, split, sub, where } from '../ops/index.ts'
import { defineAugmentation } from './augmentation.ts'
import { drawFactor, factors, type Interval, interval } from './interval.ts'
import { expectColors } from './tints.ts'
import { columnsOf, fromUnit, toUnit } from './unit.ts'

/** Colors as hue (a share of the circle), saturation and value, all in [0, 1], [N, 1, H, W] each. */
interface Hsv {
  readonly hue: Value
  readonly saturation: Value
  readonly value: Value
}

/** Red, green and blue in [0, 1], [N, 3, H, W], as hue, saturation and value. Gray has hue 0. */
function toHsv(colors: Value): Hsv {
  const [red, green, blue] = split(colors, 3, { axis: 1 }) as [Value, Value, Value]
  const value = max(colors, { axes: 1, keepDims: true })
  const range = sub(value, min(colors, { axes: 1, keepDims: true }))
  const divisor = where(equal(range, 0), 1, range)
  const fromRed = div(sub(green, blue), divisor)
  const fromGreen = add(div(sub(blue, red), divisor), 2)
  const fromBlue = add(div(sub(red, green), divisor), 4)
  const sixths = where(equal(value, red), fromRed, where(equal(value, green), fromGreen, fromBlue))
  const saturation = div(range, where(equal(value, 0), 1, value))
  return { hue: mul(sixths, 1 / 6), saturation, value }
}

/** And back: hues go around. */
function fromHsv({ hue, saturation, value }: Hsv): Value {
  // Each channel is the value, less the chroma where the hue is far from the channel's: v - v s clip(min(k, 4 - k), 0, 1).
  const offsets = constant([5, 3, 1], 'float32', [3, 1, 1])
  const turned = add(mul(sub(hue, floor(hue)), 6), offsets)
  const k = sub(turned, mul(floor(mul(turned, 1 / 6)), 6))
  const far = clip(minimum(k, sub(4, k)), { min: 0, max: 1 })
  return sub(value, mul(mul(value, saturation), far))
}

/**
 * Turns the hue of all colors. Pictures of another number of channels than 3 stay.
 * @param amount by how much at most, either way, as a share of the circle: 0.5 turns to the opposite; or an interval.
 * @throws for shares out of [-0.5, 0.5].
 */
export const hue = defineAugmentation(
  'hue',
  (amount: number | Interval) => {
    const range = interval('hue: expected shares', amount, { least: -0.5, most: 0.5 })
    return {
      kind: 'recoloring',
      numbers: 1,
      draw: ({ random }) => [random.uniform(...range)],
      neutral: () => [0],
      apply(x, drawn, picture) {
        if (picture.channels !== 3) return x
        const colors = toHsv(toUnit(x, picture))
        const [turn] = columnsOf(drawn) as [Value]
        return fromUnit(fromHsv({ ...colors, hue: add(colors.hue, turn) }), picture)
      },
    }
  },
  {
    doc: 'Turns the hue of all colors by a random angle.',
    examples: [{ name: 'by up to a tenth of the circle', args: [0.1] }],
  },
)

export interface HsvJitterOptions {
  /** Powers that saturation and value are raised to (default [0.25, 4]). */
  readonly power?: Interval
  /** What they are multiplied by then (default [0.7, 1.4]). */
  readonly factor?: Interval
  /** What is added at last (default [-0.1, 0.1]). */
  readonly shift?: Interval
  /** What is added to the hue, as a share of the circle (default [-0.1, 0.1]). */
  readonly hue?: Interval
}

/**
 * Changes saturation and value of all pixels of a picture by a power, a factor and a sum, with draws for each of the two, and the
 * hue by a sum. Powers and factors are uniform in the logarithm: as many pictures become lighter as darker.
 * @throws for options out of range; when training is prepared, unless pictures have 3 channels.
 * Source: Dosovitskiy et al., Discriminative unsupervised feature learning with exemplar convolutional neural networks, 2014.
 */
export const hsvJitter = defineAugmentation(
  'hsvJitter',
  (options: HsvJitterOptions = {}) => {
    ensureKnownOptions('hsvJitter', options, ['power', 'factor', 'shift', 'hue'])
    const power = factors('hsvJitter: expected powers', options.power ?? [0.25, 4])
    const factor = factors('hsvJitter: expected factors', options.factor ?? [0.7, 1.4])
    const shift = interval('hsvJitter: expected shifts', options.shift ?? [-0.1, 0.1])
    const turn = interval('hsvJitter: expected hues', options.hue ?? [-0.1, 0.1], { least: -0.5, most: 0.5 })
    return {
      kind: 'recoloring',
      numbers: 7,
      check: (picture) => expectColors('hsvJitter', picture),
      draw({ random }) {
        const change = () => [drawFactor(random, power), drawFactor(random, factor), random.uniform(...shift)]
        return [...change(), ...change(), random.uniform(...turn)]
      },
      neutral: () => [1, 1, 0, 1, 1, 0, 0],
      apply(x, drawn, picture) {
        const colors = toHsv(toUnit(x, picture))
        const n = columnsOf(drawn) as [Value, Value, Value, Value, Value, Value, Value]
        const saturation = changed(colors.saturation, n[0], n[1], n[2])
        const value = changed(colors.value, n[3], n[4], n[5])
        return fromUnit(fromHsv({ hue: add(colors.hue, n[6]), saturation, value }), picture)
      },
    }
  },
  {
    doc: 'Changes saturation and value by a power, a factor and a sum, and the hue by a sum, at random.',
    source:
      'Dosovitskiy et al., Discriminative unsupervised feature learning with exemplar convolutional neural networks, 2014',
    examples: [
      { name: 'default', args: [] },
      { name: 'mild', args: [{ power: [0.8, 1.25], factor: [0.9, 1.1], shift: [-0.02, 0.02], hue: [0, 0] }] },
    ],
  },
)

const changed = (x: Value, power: Value, factor: Value, shift: Value): Value =>
  clip(add(mul(pow(x, power), factor), shift), { min: 0, max: 1 })
