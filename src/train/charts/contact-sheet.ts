import { ensure, formatShape, type Shape, sizeOf } from '../../core/index.ts'
import { FONT, inks } from './chart-style.ts'

/** A picture in host memory. */
export interface SheetPicture {
  /** [1, H, W] for gray, [3, H, W] for red, green and blue. */
  readonly shape: Shape
  /** Bytes, or numbers in [0, 1]; what is beyond is cut off. */
  readonly data: Uint8Array | Float32Array
}

export interface ContactSheetOptions {
  /** Pictures in a row (default 8). */
  readonly columns?: number
  readonly title?: string
  /** A line below each picture, as far as there are any. */
  readonly labels?: readonly string[]
}

/** Sides of the place of a picture, in pixels: smaller ones are enlarged by a whole factor, larger ones reduced. */
const CELL = 96
const GAP = 8
const LABEL = 18
const TITLE = 36

/**
 * Pictures in rows, with labels, as a PNG. They may be of several sizes; each keeps its proportions.
 * @throws if there are none, or one is neither gray nor in color.
 */
export async function contactSheet(
  pictures: readonly SheetPicture[],
  options: ContactSheetOptions = {},
): Promise<Uint8Array> {
  const { columns = 8, title, labels = [] } = options
  ensure(pictures.length > 0, 'contactSheet: expected at least one picture, got none')
  ensure(
    Number.isInteger(columns) && columns > 0,
    `contactSheet: expected a whole number of columns above 0, got ${columns}`,
  )
  // Loaded when needed: not every program that trains draws.
  const { default: sharp } = await import('sharp')
  const { rasterize } = await import('./rasterize.ts')
  const across = Math.min(columns, pictures.length)
  const down = Math.ceil(pictures.length / across)
  const step = { x: CELL + GAP, y: CELL + GAP + (labels.length > 0 ? LABEL : 0) }
  const [width, top] = [across * step.x + GAP, GAP + (title === undefined ? 0 : TITLE)]
  const height = top + down * step.y
  const places = pictures.map((_, i) => ({
    x: GAP + (i % across) * step.x,
    y: top + Math.floor(i / across) * step.y,
  }))
  const svg = words({ width, height, title, labels, places })
  const drawn = await Promise.all(
    pictures.map(async (picture, i) => {
      const { pixels, w, h } = await fitted(picture)
      const [left, up] = [
        places[i]!.x + Math.floor((CELL - w) / 2),
        places[i]!.y + Math.floor((CELL - h) / 2),
      ]
      return { input: pixels, raw: { width: w, height: h, channels: 3 as const }, left, top: up }
    }),
  )
  const page = sharp(await rasterize(svg))
    .resize(width, height)
    .removeAlpha()
  return page.composite(drawn).png({ compressionLevel: 9 }).toBuffer()
}

/** A picture in the size of its place, as red, green and blue bytes. */
async function fitted(picture: SheetPicture): Promise<{ pixels: Buffer; w: number; h: number }> {
  const { default: sharp } = await import('sharp')
  const [channels, height, width] = picture.shape as [number, number, number]
  const isPicture = picture.shape.length === 3 && [1, 3].includes(channels)
  ensure(
    isPicture && picture.data.length === sizeOf(picture.shape),
    `contactSheet: expected pictures [1, H, W] or [3, H, W], got ${formatShape(picture.shape)} with ${picture.data.length} values`,
  )
  const most = Math.max(width, height)
  const scale = most <= CELL ? Math.floor(CELL / most) : CELL / most
  const [w, h] = [width, height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number]
  const raw = { width, height, channels: 3 as const }
  const pixels = await sharp(interleaved(picture), { raw })
    .resize(w, h, { kernel: scale >= 1 ? 'nearest' : 'lanczos3', fit: 'fill' })
    .raw()
    .toBuffer()
  return { pixels, w, h }
}

/** Pixel by pixel instead of channel by channel. */
function interleaved({ shape, data }: SheetPicture): Uint8Array {
  const plane = shape[1]! * shape[2]!
  const toByte = data instanceof Uint8Array ? (value: number) => value : (value: number) => value * 255
  return Uint8Array.from({ length: 3 * plane }, (_, i) => {
    const channel = shape[0] === 1 ? 0 : i % 3
    const value = toByte(data[channel * plane + Math.floor(i / 3)]!)
    return Math.min(255, Math.max(0, Math.round(value)))
  })
}

interface Words extends Pick<ContactSheetOptions, 'title'> {
  readonly width: number
  readonly height: number
  readonly labels: readonly string[]
  readonly places: readonly { readonly x: number; readonly y: number }[]
}

/** The page with title and labels, without the pictures. */
function words({ width, height, title, labels, places }: Words): string {
  const heading =
    title === undefined
      ? ''
      : `<text x="${GAP}" y="${GAP + 18}" font-size="16" font-weight="600" fill="${inks.strong}">${escaped(title)}</text>`
  const lines = labels.slice(0, places.length).map((label, i) => {
    const { x, y } = places[i]!
    return `<text x="${x + CELL / 2}" y="${y + CELL + 13}" font-size="11" text-anchor="middle" fill="${inks.soft}">${escaped(shortened(label))}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${FONT}"><rect width="100%" height="100%" fill="#ffffff"/>${heading}${lines.join('')}</svg>`
}

/** About as many letters as fit below a picture. */
const LETTERS = 16
const shortened = (text: string) => (text.length > LETTERS ? `${text.slice(0, LETTERS - 1)}…` : text)

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
