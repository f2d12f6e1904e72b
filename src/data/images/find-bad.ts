import { atOnce } from '../at-once.ts'
import { decodePicture, type PictureFormat } from './decode.ts'

const AT_ONCE = 32

/** Decodes every picture once; returns the paths of those that cannot be, with the reason. */
export async function findBad(
  paths: readonly string[],
  format: PictureFormat,
): Promise<ReadonlyMap<string, string>> {
  const bad = new Map<string, string>()
  await atOnce(paths.length, AT_ONCE, async (i) => {
    const path = paths[i]!
    await decodePicture(path, format).catch((cause: Error) => bad.set(path, cause.message.split('\n')[0]!))
  })
  return new Map([...bad].sort(([a], [b]) => (a < b ? -1 : 1)))
}
