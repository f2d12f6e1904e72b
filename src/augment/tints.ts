import { ensure, ensureKnownOptions } from '../core/index.ts'
import { type Augmentation, defineAugmentation, type Picture } from './augmentation.ts'
import { colorMap, grayWeights } from './color-map.ts'
import { type Interval, interval } from './interval.ts'

const repeated = (channels: number, row: readonly number[]): number[] =>
  Array.from({ length: channels }, () => row).flat()

/** Fails unless pictures are red, green and blue. */
export function expectColors(name: string, { channels }: Picture): void {
  ensure(
    channels === 3,
    `${name}: expected pictures of 3 channels, got ${channels}`,
    'leave the augmentation out',
  )
}

/**
 * Multiplies all colors, in [0, 1] from black to white.
 * @param amount by from 1 - amount to 1 + amount; or an interval of factors, 0 or more.
 * @throws for factors out of range.
 */
export const brightness = defineAugmentation(
  'brightness',
  (amount: number | Interval) => {
    const range = interval('brightness: expected factors', amount, { around: 1, least: 0 })
    return {
      kind: 'tinting',
      byChannel: true,
      tint({ random }, { channels }) {
        const factor = random.uniform(...range)
        return colorMap(channels, { own: colorMap(channels).own.map((one) => factor * one) })
      },
    }
  },
  {
    doc: 'Multiplies all colors by a random factor.',
    examples: [
      { name: 'by up to a fifth', args: [0.2] },
      { name: 'only darker', args: [[0.5, 1]] },
    ],
  },
)

/**
 * Multiplies the distance of all colors from the picture's mean gray.
 * @param amount by from 1 - amount to 1 + amount; or an interval of factors, 0 or more.
 * @throws for factors out of range.
 */
export const contrast = defineAugmentation(
  'contrast',
  (amount: number | Interval) => {
    const range = interval('contrast: expected factors', amount, { around: 1, least: 0 })
    return {
      kind: 'tinting',
      byChannel: true,
      byMean: true,
      tint({ random }, { channels }) {
        const factor = random.uniform(...range)
        return colorMap(channels, {
          own: colorMap(channels).own.map((one) => factor * one),
          mean: repeated(
            channels,
            grayWeights(channels).map((weight) => (1 - factor) * weight),
          ),
        })
      },
    }
  },
  {
    doc: 'Multiplies the distance of all colors from the mean gray of the picture by a random factor.',
    examples: [{ name: 'by up to a fifth', args: [0.2] }],
  },
)

/** What lies a factor away from the gray of the same luma: 0 is gray, 1 the color itself. */
function saturated(channels: number, factor: number) {
  const gray = repeated(channels, grayWeights(channels))
  return colorMap(channels, {
    own: colorMap(channels).own.map((one, i) => factor * one + (1 - factor) * gray[i]!),
  })
}

/**
 * Multiplies the distance of each color from the gray of the same luma. Pictures of another number of channels than 3 stay.
 * @param amount by from 1 - amount to 1 + amount; or an interval of factors, 0 or more.
 * @throws for factors out of range.
 */
export const saturation = defineAugmentation(
  'saturation',
  (amount: number | Interval) => {
    const range = interval('saturation: expected factors', amount, { around: 1, least: 0 })
    return {
      kind: 'tinting',
      tint({ random }, { channels }) {
        const factor = random.uniform(...range)
        return channels === 3 ? saturated(channels, factor) : colorMap(channels)
      },
    }
  },
  {
    doc: 'Multiplies the distance of each color from gray by a random factor.',
    examples: [{ name: 'by up to a fifth', args: [0.2] }],
  },
)

/**
 * Every pixel as the gray of its luma, in all three channels. By chance: `sometimes(0.1, grayscale())`.
 * @throws when training is prepared, unless pictures have 3 channels.
 */
export const grayscale = defineAugmentation(
  'grayscale',
  () => ({
    kind: 'tinting',
    check: (picture) => expectColors('grayscale', picture),
    tint: (_, { channels }) => saturated(channels, 0),
  }),
  {
    doc: 'Every pixel as the gray of its luma.',
    examples: [{ name: 'always', args: [] }],
  },
)

export interface ColorJitterOptions {
  /** As {@link brightness} takes it (default: not at all). */
  readonly brightness?: number | Interval
  /** As {@link contrast} takes it (default: not at all). */
  readonly contrast?: number | Interval
  /** As {@link saturation} takes it (default: not at all). */
  readonly saturation?: number | Interval
}

/**
 * Brightness, contrast and saturation at once, in this order: one linear map of the colors, which are cut off at black and white at
 * last, where torchvision does so after each.
 * @throws for factors out of range.
 */
export function colorJitter(options: ColorJitterOptions): readonly Augmentation[] {
  ensureKnownOptions('colorJitter', options, ['brightness', 'contrast', 'saturation'])
  const makers = { brightness, contrast, saturation }
  return (Object.keys(makers) as (keyof typeof makers)[]).flatMap((name) => {
    const amount = options[name]
    return amount === undefined ? [] : [makers[name](amount)]
  })
}
