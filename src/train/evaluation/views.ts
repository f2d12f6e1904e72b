import { ensure, formatShape, type Shape, unknownName } from '../../core/index.ts'
import { constant, type Value } from '../../graph/index.ts'
import { crop, flip, matmul, pad, transpose } from '../../ops/index.ts'

/** Another look at pictures [N, C, H, W], of the same shape; a network's answers to several are averaged. */
export type View = (x: Value) => Value

/** The picture as it is. */
export const plain: View = (x) => x

/** Each view, and then each mirrored left to right. A view that is there twice is mirrored once. */
export function withMirrored(views: readonly View[]): View[] {
  const mirrored = new Map(views.map((view): [View, View] => [view, (x) => flip(view(x), [3])]))
  return [...views, ...views.map((view) => mirrored.get(view)!)]
}

/**
 * The picture and its four diagonal shifts by `shift` pixels: the five crops (middle and corners) of the picture with a
 * mirror image of that width around it. Networks take pictures of one size, so that there is nothing larger to crop from.
 * @param shift whole pixels; by default a sixteenth of the shorter side, rounded: 2 for 32x32, 14 for 224x224, where the source
 * has 16. More costs: a network that was trained on CIFAR-10 moved by up to 2 has 90.0% on the pictures, and with their mirror
 * images 90.6%, 90.4% or 89.6% on ten crops that are moved by 1, 2 or 4.
 * @throws when applied, if there are not so many pixels to mirror.
 * Source: Krizhevsky, Sutskever and Hinton, ImageNet classification with deep convolutional neural networks, 2012.
 */
export function fiveCrops(shift?: number): View[] {
  const corners = [-1, 1].flatMap((down) => [-1, 1].map((right) => [down, right] as const))
  return [
    plain,
    ...corners.map(
      ([down, right]): View =>
        (x) =>
          shifted(x, down, right, shift),
    ),
  ]
}

/**
 * The picture, which counts twice, and it moved by `shift` pixels up and left, and down and right, with a mirror image around it.
 * @param shift whole pixels (default 1).
 * @throws when applied, if there are not so many pixels to mirror.
 * Source: Jordan, 94% on CIFAR-10 in 3.29 seconds on a single GPU, 2024, "multi-crop evaluation".
 */
export function translations(shift = 1): View[] {
  const moved = [1, -1].map(
    (by): View =>
      (x) =>
        shifted(x, by, by, shift),
  )
  return [plain, plain, ...moved]
}

/** The window of the mirrored picture that lies `by` pixels towards a corner. */
function shifted(x: Value, down: number, right: number, by = usualShift(x.shape)): Value {
  const around = pad(x, [[0, 0], [0, 0], [by, by], [by, by]], { mode: 'reflect' }) // biome-ignore format: a row per axis
  return crop(around, [0, 0, by + down * by, by + right * by], x.shape)
}

/** At least 1, and never more than can be mirrored. */
function usualShift(shape: Shape): number {
  const shorter = Math.min(shape[2]!, shape[3]!)
  return Math.min(Math.max(1, Math.round(shorter / 16)), shorter - 1)
}

/**
 * The picture at several sizes, each in a frame of its own size: enlarged ones are cut off around, of smaller ones the mirror
 * image fills the rest. Linear interpolation about the middle of the picture; 1 leaves it as it is.
 * @param scales at least 0.5, below which there would not be enough to mirror (default 7/8, 1, 9/8).
 * @throws for scales below 0.5 or not finite.
 */
export function zooms(scales: readonly number[] = [7 / 8, 1, 9 / 8]): View[] {
  return scales.map((scale): View => {
    ensure(
      scale >= 0.5 && Number.isFinite(scale),
      `zooms: expected finite scales of at least 0.5, got ${scale}`,
    )
    if (scale === 1) return plain
    return (x) => {
      const [height, width] = x.shape.slice(2) as [number, number]
      const rows = constant(interpolation(height, scale), x.dtype, [height, height])
      const columns = constant(interpolation(width, scale), x.dtype, [width, width])
      return matmul(rows, matmul(x, transpose(columns)))
    }
  })
}

/** [size, size]: what each pixel of a zoomed line is made of. A pixel beyond the ends is the mirrored one. */
function interpolation(size: number, scale: number): Float32Array {
  const weights = new Float32Array(size * size)
  const last = size - 1
  for (let i = 0; i < size; i++) {
    const from = (i - last / 2) / scale + last / 2
    const at = last - Math.abs(last - Math.abs(from))
    const before = Math.floor(at)
    weights[i * size + before]! += before + 1 - at
    if (at > before) weights[i * size + before + 1]! += at - before
  }
  return weights
}

const named = {
  none: () => [plain],
  flip: () => withMirrored([plain]),
  'flip-translate': () => withMirrored(translations()),
  'five-crop': () => fiveCrops(),
  'ten-crop': () => withMirrored(fiveCrops()),
  'multi-scale': () => withMirrored(zooms()),
} as const satisfies Readonly<Record<string, () => readonly View[]>>

/**
 * Test-time augmentation: what a network is shown of each picture. `none`: the picture; `flip`: also mirrored;
 * `flip-translate`: {@link translations} and mirrored; `five-crop`: {@link fiveCrops}; `ten-crop`: those and mirrored;
 * `multi-scale`: three sizes ({@link zooms}) and mirrored.
 */
export type Tta = keyof typeof named

/** The names of all ways to look at pictures. */
export const ttaNames = Object.keys(named) as readonly Tta[]

/**
 * The views by name, or those given.
 * @param shape of a sample, without the batch axis.
 * @throws for an unknown name, no views, or samples that are no pictures.
 */
export function viewsOf(tta: Tta | readonly View[], shape: Shape): readonly View[] {
  const views = typeof tta === 'string' ? viewsCalled(tta) : tta
  ensure(views.length > 0, 'tta: expected at least one view, got none')
  const isPlain = views.every((view) => view === plain)
  ensure(
    isPlain || (shape.length === 3 && Math.min(...shape) > 0),
    `tta: expected pictures [C, H, W], got samples of shape ${formatShape(shape)}`,
    'leave it out: what is no picture has no other views',
  )
  return views
}

function viewsCalled(name: string): readonly View[] {
  if (!Object.hasOwn(named, name)) throw unknownName('test-time augmentation', name, ttaNames)
  return named[name as Tta]()
}
