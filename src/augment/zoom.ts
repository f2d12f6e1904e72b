import { aroundMiddle } from './affine.ts'
import { defineAugmentation } from './augmentation.ts'
import { type BorderOptions, borderOf } from './border.ts'
import { drawFactor, factors, type Interval } from './interval.ts'

/**
 * Enlarges or reduces each picture about its middle; halves are as likely as doubles.
 * @param factor above 1: from 1 / factor to factor; or an interval, where factors above 1 enlarge.
 * @throws for factors out of range, or an unknown border.
 */
export const zoom = defineAugmentation(
  'zoom',
  (factor: number | Interval, options: BorderOptions = {}) => {
    const border = borderOf('zoom', options)
    const range = factors('zoom: expected factors', factor)
    return {
      kind: 'geometric',
      border,
      place({ random }, picture) {
        const scale = 1 / drawFactor(random, range)
        return aroundMiddle([scale, 0, 0, scale], picture)
      },
    }
  },
  {
    doc: 'Enlarges or reduces each picture about its middle, by a random factor.',
    examples: [
      { name: 'by up to a fifth', args: [1.2] },
      { name: 'only larger', args: [[1, 1.5]] },
    ],
  },
)

/**
 * Makes each picture wider and lower, or narrower and higher, by as much: its area stays.
 * @param factor above 1: width / height changes by from 1 / factor to factor; or an interval of such factors.
 * @throws for factors out of range, or an unknown border.
 */
export const stretch = defineAugmentation(
  'stretch',
  (factor: number | Interval, options: BorderOptions = {}) => {
    const border = borderOf('stretch', options)
    const range = factors('stretch: expected factors', factor)
    return {
      kind: 'geometric',
      border,
      place({ random }, picture) {
        const wider = Math.sqrt(drawFactor(random, range))
        return aroundMiddle([1 / wider, 0, 0, wider], picture)
      },
    }
  },
  {
    doc: 'Makes each picture wider and lower, or narrower and higher, at random.',
    examples: [{ name: 'by up to a third', args: [4 / 3] }],
  },
)
