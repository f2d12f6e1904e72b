import { ensure } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import { div, equal, floor, greaterOrEqual, max, min, minimum, mul, sub, where } from '../ops/index.ts'
import { defineAugmentation, type Recoloring } from './augmentation.ts'
import { columnsOf, fromUnit, toUnit } from './unit.ts'

/** A change of the colors in [0, 1] of those pictures that are drawn: for all of them, unless it is left out by chance. */
export function unitChange(change: (u: Value) => Value): Omit<Recoloring, 'name'> {
  return {
    kind: 'recoloring',
    numbers: 1,
    draw: () => [1],
    neutral: () => [0],
    apply(x, drawn, picture) {
      const [isOn] = columnsOf(drawn) as [Value]
      return where(equal(isOn, 1), fromUnit(change(toUnit(x, picture)), picture), x)
    },
  }
}

/**
 * Every color by its first bits only.
 * @param bits that are left, 1 .. 8.
 * @throws for another number of bits.
 */
export const posterize = defineAugmentation(
  'posterize',
  (bits: number) => {
    ensure(Number.isInteger(bits) && bits >= 1 && bits <= 8, `posterize: expected 1 .. 8 bits, got ${bits}`)
    const levels = 2 ** bits
    return unitChange((u) => mul(minimum(floor(mul(u, levels)), levels - 1), 1 / levels))
  },
  { doc: 'Every color by its first bits only.', examples: [{ name: '3 bits', args: [3] }] },
)

/**
 * Inverts the colors from a threshold on.
 * @param threshold in [0, 1]; 0 inverts all.
 * @throws for another threshold.
 */
export const solarize = defineAugmentation(
  'solarize',
  (threshold: number) => {
    ensure(threshold >= 0 && threshold <= 1, `solarize: expected a threshold in [0, 1], got ${threshold}`)
    return unitChange((u) => where(greaterOrEqual(u, threshold), sub(1, u), u))
  },
  { doc: 'Inverts the light colors.', examples: [{ name: 'the lighter half', args: [0.5] }] },
)

/** Stretches each channel of a picture so that it goes from black to white. A channel of one color stays. */
export const autocontrast = defineAugmentation(
  'autocontrast',
  () =>
    unitChange((u) => {
      const [low, high] = [min, max].map((end) => end(u, { axes: [2, 3], keepDims: true })) as [Value, Value]
      const range = sub(high, low)
      const isFlat = equal(range, 0)
      return where(isFlat, u, div(sub(u, low), where(isFlat, 1, range)))
    }),
  {
    doc: 'Stretches each channel of a picture from black to white.',
    examples: [{ name: 'always', args: [] }],
  },
)
