import { atomicWrite } from '../run/atomic-write.ts'

/**
 * Writes a picture as it is and as a PNG, two pixels to a unit: `path.svg` and `path.png`.
 * Text in the family `Inter` looks the same on every machine, also on one without any fonts.
 * @returns the paths of the two files.
 * @throws if a file cannot be written.
 */
export async function writePicture(path: string, svg: string): Promise<readonly [svg: string, png: string]> {
  // Loaded when needed: not every program that trains draws.
  const { rasterize } = await import('./rasterize.ts')
  const paths = [`${path}.svg`, `${path}.png`] as const
  atomicWrite(paths[0], svg)
  atomicWrite(paths[1], [await rasterize(svg)])
  return paths
}
