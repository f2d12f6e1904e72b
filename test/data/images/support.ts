import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { onTestFinished } from 'vitest'

/** A picture of one color, encoded. */
export const plain = (
  color: readonly [number, number, number],
  { width = 8, height = 8, format = 'png' as 'png' | 'jpeg' | 'webp' | 'avif' | 'gif' } = {},
): Promise<Buffer> => {
  const [r, g, b] = color
  return sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .toFormat(format)
    .toBuffer()
}

/** Writes a folder that goes when the test is over. */
export async function folderOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'gradus-pictures-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
  return root
}

/** `count` pictures of each of two classes, red and blue, that differ a little. */
export async function redAndBlue(count: number, prefix = ''): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {}
  for (let i = 0; i < count; i++) {
    files[`${prefix}red/${i}.png`] = await plain([200 + i, 0, 0])
    files[`${prefix}blue/${i}.png`] = await plain([0, 0, 200 + i])
  }
  return files
}
