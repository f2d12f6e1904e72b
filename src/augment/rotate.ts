import { aroundMiddle } from './affine.ts'
import { defineAugmentation } from './augmentation.ts'
import { type BorderOptions, borderOf } from './border.ts'
import { type Interval, interval } from './interval.ts'

/**
 * Turns each picture about its middle.
 * @param degrees by how much at most, either way; or an interval, where angles above 0 turn counterclockwise.
 * @throws for angles that are none, or an unknown border.
 */
export const rotate = defineAugmentation(
  'rotate',
  (degrees: number | Interval, options: BorderOptions = {}) => {
    const border = borderOf('rotate', options)
    const angles = interval('rotate: expected an angle in degrees', degrees)
    return {
      kind: 'geometric',
      border,
      place({ random }, picture) {
        const angle = (random.uniform(...angles) * Math.PI) / 180
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
        return aroundMiddle([cos, -sin, sin, cos], picture) // rows count downward
      },
    }
  },
  {
    doc: 'Turns each picture about its middle, by a random angle.',
    examples: [
      { name: 'up to 15 degrees', args: [15] },
      { name: 'mirror image around', args: [30, { mode: 'reflect' }] },
    ],
  },
)
