import { ensure, ensureKnownOptions } from '../core/index.ts'
import type { Border } from './augmentation.ts'
import { type Augmentations, definePolicy } from './augmentation.ts'
import { checkBorder } from './border.ts'
import { equalize } from './equalize.ts'
import { autocontrast, posterize, solarize } from './levels.ts'
import { rotate } from './rotate.ts'
import { sharpness } from './sharpness.ts'
import { shear } from './shear.ts'
import { someOf } from './sometimes.ts'
import { brightness, contrast, saturation } from './tints.ts'
import { translate } from './translate.ts'

export interface RandAugmentOptions {
  /** How many of the changes act on a picture (default 2). */
  readonly count?: number
  /** How strong they are, 0 .. 30 (default 9). */
  readonly magnitude?: number
  /** What comes in from beyond the edges (default `'zeros'`, the mean color). */
  readonly mode?: Border
}

/** Magnitudes are a share of this. */
const STRONGEST = 30

/** Either of the two ends: changes are as strong one way as the other. */
const either = (make: (value: number) => Augmentations, value: number): Augmentations =>
  value === 0 ? make(0) : someOf(1, make(value), make(-value))

/** The changes of the paper at a share of their full strength; the first changes nothing. */
function changes(share: number, mode: Border): readonly Augmentations[] {
  const at = (value: number) => [value, value] as const
  const slope = (Math.atan(0.3 * share) * 180) / Math.PI
  const factor = (value: number) => at(1 + value)
  const [move, strength] = [(150 / 331) * share, 0.9 * share]
  return [
    [],
    either((v) => shear(at(v), { axis: 'x', mode }), slope),
    either((v) => shear(at(v), { axis: 'y', mode }), slope),
    either((v) => translate(at(v), { axis: 'x', mode }), move),
    either((v) => translate(at(v), { axis: 'y', mode }), move),
    either((v) => rotate(at(v), { mode }), 30 * share),
    either((v) => brightness(factor(v)), strength),
    either((v) => saturation(factor(v)), strength),
    either((v) => contrast(factor(v)), strength),
    either((v) => sharpness(factor(v)), strength),
    posterize(8 - Math.round(4 * share)),
    solarize(1 - share),
    autocontrast(),
    equalize(),
  ]
}

/**
 * For each use `count` other ones of fourteen changes (one of which is none), all of one strength: shears, translations, rotation,
 * brightness, saturation, contrast, sharpness, posterize, solarize, autocontrast, equalize. The ranges are those of the paper and of
 * torchvision, at its defaults. What moves pixels comes first and is one resampling, linear colors come next and are one map; no
 * change comes twice, where the paper may draw one again.
 * @throws for options out of range.
 * Source: Cubuk et al., RandAugment: practical automated data augmentation with a reduced search space, 2019.
 */
export const randAugment = definePolicy(
  'randAugment',
  (options: RandAugmentOptions = {}) => {
    ensureKnownOptions('randAugment', options, ['count', 'magnitude', 'mode'])
    const { count = 2, magnitude = 9, mode = 'zeros' } = options
    checkBorder('randAugment', mode)
    ensure(
      magnitude >= 0 && magnitude <= STRONGEST,
      `randAugment: expected a magnitude 0 .. ${STRONGEST}, got ${magnitude}`,
    )
    const all = changes(magnitude / STRONGEST, mode)
    ensure(
      Number.isInteger(count) && count >= 1 && count <= all.length,
      `randAugment: expected a count 1 .. ${all.length}, got ${count}`,
    )
    return someOf(count, ...all)
  },
  {
    doc: 'For each use some of fourteen changes of shape and color, all of one strength.',
    source:
      'Cubuk et al., RandAugment: practical automated data augmentation with a reduced search space, 2019',
    examples: [
      { name: 'default', args: [] },
      { name: 'three strong ones', args: [{ count: 3, magnitude: 20, mode: 'reflect' }] },
    ],
  },
)
