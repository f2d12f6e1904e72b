import { type Affine, compose, unmoved } from './affine.ts'
import type { Bend, Bending, Border, Geometric, Picture, Use } from './augmentation.ts'

/** Where the pixels of a picture come from: an affine map, or maps with bends between them. */
export interface Placement {
  /** From the result to the source: a pixel goes through the maps in turn, after each but the last through a bend. */
  readonly maps: readonly Affine[]
  readonly bends: readonly Bend[]
}

/** An augmentation with its place in the list, which its random streams are named by. */
export interface Placed<A> {
  readonly augmentation: A
  readonly place: number
}

/** Augmentations that move pixels and follow one another. */
export type Moves = readonly Placed<Geometric | Bending>[]

/** What is beyond the edges, if anything comes in from there. */
export const borderOf = (moves: Moves): Border | undefined =>
  moves.find(({ augmentation }) => augmentation.border)?.augmentation.border

/** Whether no pixel has to be interpolated, whatever is drawn. */
export const isExact = (moves: Moves): boolean =>
  moves.every(({ augmentation }) => augmentation.kind === 'geometric' && augmentation.wholePixels)

export const isAffine = (moves: Moves): boolean =>
  moves.every(({ augmentation }) => augmentation.kind === 'geometric')

/** Draws one use: the last augmentation is looked up first. */
export function placement(moves: Moves, useAt: (place: number) => Use, picture: Picture): Placement {
  const [maps, bends]: [Affine[], Bend[]] = [[unmoved], []]
  for (const { augmentation, place } of moves) {
    const use = useAt(place)
    if (augmentation.kind === 'geometric') {
      maps[0] = compose(maps[0]!, augmentation.place(use, picture))
      continue
    }
    const bend = augmentation.bend(use, picture)
    if (!bend) continue
    maps.unshift(unmoved)
    bends.unshift(bend)
  }
  return { maps, bends }
}

/** Writes where the pixels of row `y` come from. */
export function locateRow(
  { maps, bends }: Placement,
  y: number,
  columns: Float64Array,
  rows: Float64Array,
): void {
  const [first, ...others] = maps as readonly [Affine, ...Affine[]]
  const [a, b, c, d, e, f] = first
  for (let x = 0; x < columns.length; x++) {
    columns[x] = a * x + (b * y + c)
    rows[x] = d * x + (e * y + f)
  }
  others.forEach(([a, b, c, d, e, f], i) => {
    const at = new Float64Array(2)
    for (let x = 0; x < columns.length; x++) {
      at[0] = columns[x]!
      at[1] = rows[x]!
      bends[i]!(at)
      columns[x] = a * at[0]! + b * at[1]! + c
      rows[x] = d * at[0]! + e * at[1]! + f
    }
  })
}
