import { defineAugmentation } from './augmentation.ts'
import { type BorderOptions, borderOf } from './border.ts'
import { type Interval, interval } from './interval.ts'

/**
 * Bends each picture as a lens does: what is seen at the distance r from the middle comes from r (1 + k r^2), where the corners
 * are at r = 1. Above 0 straight lines bulge outward (barrel), below 0 inward (pincushion).
 * @param strength of k at most, either way; or an interval, above -1/3, where rays would cross.
 * @throws for strengths out of range, or an unknown border.
 * Source: Brown, Decentering distortion of lenses, 1966; its first radial term.
 */
export const lensDistortion = defineAugmentation(
  'lensDistortion',
  (strength: number | Interval, options: BorderOptions = {}) => {
    const border = borderOf('lensDistortion', options)
    const strengths = interval('lensDistortion: expected a strength', strength, { least: -1 / 3 })
    return {
      kind: 'bending',
      border,
      bend({ random }, { width, height }) {
        const k = random.uniform(...strengths)
        const [x, y] = [(width - 1) / 2, (height - 1) / 2]
        const nearness = k / Math.max(x * x + y * y, 1)
        return (at) => {
          const [dx, dy] = [at[0]! - x, at[1]! - y]
          const farther = 1 + nearness * (dx * dx + dy * dy)
          at[0] = x + dx * farther
          at[1] = y + dy * farther
        }
      },
    }
  },
  {
    doc: 'Bends each picture as a lens does, by a random strength.',
    source: 'Brown, Decentering distortion of lenses, 1966',
    examples: [
      { name: 'barrel or pincushion', args: [0.2] },
      { name: 'barrel, mirror image around', args: [[0.1, 0.4], { mode: 'reflect' }] },
    ],
  },
)
