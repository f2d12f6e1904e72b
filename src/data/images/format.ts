import { ensure } from '../../core/index.ts'
import { type Fit, fits, type PictureFormat, type PictureSize, pictureSize } from './decode.ts'
import type { Picture } from './reader.ts'

export interface FormatOptions {
  /**
   * Height and width that all pictures get, or one number for both; by default that of the first, which then all must have.
   * `auto` chooses a usual square by what most pictures are like, or the size that all of the first have.
   */
  size?: number | readonly [height: number, width: number] | 'auto'
  /** What happens to pictures of another size (default `cover` if there is a `size`). */
  fit?: Fit
  /** 1 gray, 3 RGB, 4 RGB and opacity; by default gray if all of the first pictures are, else RGB. */
  channels?: 1 | 3 | 4
}

/** Headers that are looked at to tell the sizes and the channels. */
const PROBE = 256

/** What pictures become, and what a person should know about it who left the size to `auto`. */
export interface FoundFormat {
  readonly format: PictureFormat
  readonly notices: readonly string[]
}

/** What the pictures become: as the person says, and otherwise as the first are. */
export async function formatOf(
  root: string,
  pictures: readonly Picture[],
  { size: asked, fit, channels }: FormatOptions,
  skipBad = false,
): Promise<FoundFormat> {
  const sizes = await probe(pictures, skipBad)
  ensure(sizes.length > 0, `${root}: expected pictures, but none of the first ${PROBE} can be decoded`)
  const [first] = sizes as [PictureSize]
  const size = asked === 'auto' ? usualSize(sizes) : asked
  const other = sizes.find(({ width, height }) => width !== first.width || height !== first.height)
  ensure(
    size !== undefined || other === undefined,
    `${root}: expected pictures of one size, found ${first.width}x${first.height} and ${other?.width}x${other?.height}`,
    'say what all should become: { size: 64, fit: "cover" } (or "contain", or "fill")',
  )
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [first.height, first.width])
  const gray = sizes.every((found) => found.channels < 3)
  const policy = asked === undefined ? fit : (fit ?? 'cover')
  const format = {
    channels: channels ?? (gray ? 1 : 3),
    height,
    width,
    ...(policy && { fit: policy }),
  } as const
  const isGuess = asked === 'auto' && size !== undefined
  return {
    format,
    notices: isGuess ? [`the pictures are ${spread(sizes)}: all become ${width}x${height} (${policy})`] : [],
  }
}

/** Of several sizes: from where to where they go. */
function spread(sizes: readonly PictureSize[]): string {
  const range = (side: 'width' | 'height') => {
    const all = sizes.map((size) => size[side])
    return `${Math.min(...all)} to ${Math.max(...all)}`
  }
  return `of several sizes, ${range('width')} pixels wide and ${range('height')} high`
}

/** The largest usual side that most pictures reach; none if all are of one size. */
function usualSize(sizes: readonly PictureSize[]): number | undefined {
  if (new Set(sizes.map(({ width, height }) => `${width}x${height}`)).size === 1) return undefined
  const sides = sizes.map(({ width, height }) => Math.min(width, height)).sort((a, b) => a - b)
  const median = sides[sides.length >> 1]!
  return [224, 160, 128, 96, 64, 48].find((side) => side <= median) ?? 32
}

/** The sizes of some of the pictures, spread over all of them. */
async function probe(pictures: readonly Picture[], skipBad: boolean): Promise<PictureSize[]> {
  const step = Math.max(1, Math.floor(pictures.length / PROBE))
  const some = pictures.filter((_, i) => i % step === 0).slice(0, PROBE)
  const sizeOf = (picture: Picture) =>
    typeof picture === 'string' ? pictureSize(picture) : pictureSize(picture.bytes, picture.name)
  const sizes = await Promise.all(
    some.map((picture) => (skipBad ? sizeOf(picture).catch(() => undefined) : sizeOf(picture))),
  )
  return sizes.filter((size) => size !== undefined)
}

/** Fails if the options are no size, no fit or no number of channels; `where` names what they belong to. */
export function checkFormat(where: string, { size, fit, channels }: FormatOptions): void {
  const sides = typeof size === 'number' ? [size] : size === 'auto' || size === undefined ? [] : size
  ensure(
    sides.every((side) => Number.isInteger(side) && side > 0),
    `${where}: expected a size of whole pixels above 0, got ${size}`,
  )
  ensure(
    fit === undefined || fits.includes(fit),
    `${where}: expected a fit of ${fits.join(', ')}, got "${fit}"`,
  )
  ensure(
    channels === undefined || [1, 3, 4].includes(channels),
    `${where}: expected 1, 3 or 4 channels, got ${channels}`,
  )
}
