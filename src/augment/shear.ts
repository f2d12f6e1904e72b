import { aroundMiddle } from './affine.ts'
import { defineAugmentation } from './augmentation.ts'
import { type Interval, interval } from './interval.ts'
import { type AxisOptions, axisOptions } from './translate.ts'

/**
 * Shears each picture about its middle: along x, what is above and what is below move in opposite directions.
 * @param degrees by how much at most, either way, below 90; or an interval. Along both axes the one comes after the other.
 * @throws for angles out of range, or options that are unknown.
 */
export const shear = defineAugmentation(
  'shear',
  (degrees: number | Interval, options: AxisOptions = {}) => {
    const { axis, mode } = axisOptions('shear', options)
    const angles = interval('shear: expected an angle in degrees', degrees, { least: -89, most: 89 })
    return {
      kind: 'geometric',
      border: mode,
      place({ random }, picture) {
        const slope = () => Math.tan((random.uniform(...angles) * Math.PI) / 180)
        const x = axis === 'y' ? 0 : slope()
        const y = axis === 'x' ? 0 : slope()
        return aroundMiddle([1, x, y, 1 + x * y], picture)
      },
    }
  },
  {
    doc: 'Shears each picture about its middle, by random angles.',
    examples: [
      { name: 'up to 10 degrees', args: [10] },
      { name: 'sideways', args: [20, { axis: 'x', mode: 'reflect' }] },
    ],
  },
)
