import { ensureKnownOptions, unknownName } from '../core/index.ts'
import { defineAugmentation } from './augmentation.ts'
import { type BorderOptions, checkBorder } from './border.ts'
import { type Interval, interval } from './interval.ts'

export interface AxisOptions extends BorderOptions {
  /** Along which axis: `'x'`, `'y'`, or `'both'` with a draw for each (default). */
  readonly axis?: Axis
}

export type Axis = 'x' | 'y' | 'both'
const axes: readonly Axis[] = ['x', 'y', 'both']

/** The options with their defaults. @throws if there are others. */
export function axisOptions(name: string, options: AxisOptions): Required<AxisOptions> {
  ensureKnownOptions(name, options, ['axis', 'mode'])
  const { axis = 'both', mode = 'zeros' } = options
  checkBorder(name, mode)
  if (!axes.includes(axis)) throw unknownName(`axis of ${name}`, axis, axes)
  return { axis, mode }
}

/**
 * Moves each picture, by whole pixels: nothing is blurred.
 * @param share by how much of its width and height at most, either way; or an interval in [-1, 1], where shares above 0 move right
 *   and down.
 * @throws for shares out of range, or options that are unknown.
 */
export const translate = defineAugmentation(
  'translate',
  (share: number | Interval, options: AxisOptions = {}) => {
    const { axis, mode } = axisOptions('translate', options)
    const shares = interval('translate: expected a share', share, { least: -1, most: 1 })
    return {
      kind: 'geometric',
      border: mode,
      wholePixels: true,
      place({ random }, { width, height }) {
        const along = (size: number) => {
          const [low, high] = shares.map((share) => pixels(share * size)) as [number, number]
          return low + random.integer(high - low + 1)
        }
        const x = axis === 'y' ? 0 : along(width)
        const y = axis === 'x' ? 0 : along(height)
        return [1, 0, -x, 0, 1, -y]
      },
    }
  },
  {
    doc: 'Moves each picture, by whole pixels at random.',
    examples: [
      { name: 'by up to an eighth', args: [1 / 8] },
      { name: 'sideways, the edge goes on', args: [0.25, { axis: 'x', mode: 'edge' }] },
    ],
  },
)

/** Halves are rounded away from 0, so that both ways are alike. */
const pixels = (distance: number): number => Math.sign(distance) * Math.round(Math.abs(distance))
