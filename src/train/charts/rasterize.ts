import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

/** Font files that come with Gradus: Inter, Latin letters only. */
const fonts = ['inter-regular.ttf', 'inter-semibold.ttf']

/**
 * Draws an SVG picture as a PNG, two pixels to a unit.
 * Text in the family `Inter` looks the same on every machine, also on one without any fonts.
 */
export async function rasterize(svg: string): Promise<Uint8Array> {
  loading ??= loadFonts()
  await loading
  return sharp(Buffer.from(svg), { density: 144 }).png({ compressionLevel: 9 }).toBuffer()
}

let loading: Promise<void> | undefined

/**
 * Gives the fonts to the library that draws SVG text. It has no option for that, but shares its fonts with the one that
 * draws plain text, which does: so a letter is drawn in each, and thrown away.
 */
async function loadFonts(): Promise<void> {
  for (const name of fonts) {
    const fontfile = fileURLToPath(new URL(`../../../assets/fonts/${name}`, import.meta.url))
    await sharp({ text: { text: 'a', font: 'Inter', fontfile } }).toBuffer()
  }
}
