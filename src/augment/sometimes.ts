import { ensure } from '../core/index.ts'
import { unmoved } from './affine.ts'
import {
  type Augmentation,
  type Augmentations,
  definePolicy,
  flatten,
  type Picture,
  type Use,
} from './augmentation.ts'
import { colorMap } from './color-map.ts'
import { rotate } from './rotate.ts'
import { brightness } from './tints.ts'

/** Whether the augmentation acts in a use. */
type Chosen = (use: Use) => boolean

interface Gate {
  /** What the augmentations were given to. */
  readonly name: string
  /** How often they act, for people: `0.1`. */
  readonly chance: string
  /** What those that are chosen together name. */
  readonly group: object
  readonly isOn: Chosen
}

/** An augmentation that acts by chance, and otherwise leaves pictures as they are. */
function gated(augmentation: Augmentation, gate: Gate): Augmentation {
  const { name, chance, group, isOn } = gate
  const { name: inner, written = inner, groups = [] } = augmentation
  const common = {
    name: `${name}(${inner})`,
    written: `${name}(${chance}, ${written})`,
    groups: [...groups, group],
  }
  switch (augmentation.kind) {
    case 'geometric':
      return {
        ...augmentation,
        ...common,
        place: (use, picture) => (isOn(use) ? augmentation.place(use, picture) : unmoved),
      }
    case 'bending':
      return {
        ...augmentation,
        ...common,
        bend: (use, picture) => (isOn(use) ? augmentation.bend(use, picture) : undefined),
      }
    case 'tinting':
      return {
        ...augmentation,
        ...common,
        tint: (use, picture) => (isOn(use) ? augmentation.tint(use, picture) : colorMap(picture.channels)),
      }
    default: {
      const { neutral } = augmentation
      ensure(
        neutral,
        `${name}: expected augmentations that can be left out, got "${augmentation.name}"`,
        'give it numbers that change nothing: `neutral`',
      )
      const draw = (use: Use, picture: Picture) =>
        isOn(use) ? augmentation.draw(use, picture) : neutral(picture)
      return { ...augmentation, ...common, draw }
    }
  }
}

/**
 * Augmentations that act in a share of the uses, all together or not at all.
 * ```ts
 * augment: [augment.sometimes(0.1, augment.grayscale()), augment.randomFlip()]
 * ```
 * @throws for a probability out of [0, 1], or augmentations that cannot be left out.
 */
export const sometimes = definePolicy(
  'sometimes',
  (probability: number, ...given: readonly Augmentations[]) => {
    ensure(
      probability >= 0 && probability <= 1,
      `sometimes: expected a probability in [0, 1], got ${probability}`,
    )
    const group = {}
    const isOn: Chosen = (use) => use.once(group, (random) => random.uniform() < probability)
    const gate = { name: 'sometimes', chance: String(probability), group, isOn }
    return flatten(given).map((augmentation) => gated(augmentation, gate))
  },
  {
    doc: 'Augmentations that act in a share of the uses, all together or not at all.',
    examples: [
      { name: 'one use in ten', args: [0.1, brightness(0.5)] },
      { name: 'several', args: [0.5, rotate(20), brightness(0.3)] },
    ],
  },
)

/**
 * For each use another choice of so many augmentations, or lists of them, which act in the order in which they are given.
 * @param count how many, at least 1 and at most as many as there are.
 * @throws for a count out of range, or augmentations that cannot be left out.
 */
export const someOf = definePolicy(
  'someOf',
  (count: number, ...given: readonly Augmentations[]) => {
    const most = given.length
    ensure(
      Number.isInteger(count) && count >= 1 && count <= most,
      `someOf: expected a number of augmentations 1 .. ${most}, got ${count}`,
    )
    const group = {}
    return given.flatMap((choice, i) => {
      const isOn: Chosen = (use) =>
        use.once(group, (random) => random.permutation(most).subarray(0, count)).includes(i)
      const gate = { name: 'someOf', chance: `${count} of ${most}`, group, isOn }
      return flatten(choice).map((augmentation) => gated(augmentation, gate))
    })
  },
  {
    doc: 'For each use another choice of so many augmentations, in the order in which they are given.',
    examples: [{ name: 'one of two', args: [1, rotate(20), brightness(0.3)] }],
  },
)
