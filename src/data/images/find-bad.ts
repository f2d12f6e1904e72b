import { decodePicture, type PictureFormat } from './decode.ts'

const AT_ONCE = 32

/** Decodes every picture once; returns the paths of those that cannot be, with the reason. */
export async function findBad(
  paths: readonly string[],
  format: PictureFormat,
): Promise<ReadonlyMap<string, string>> {
  const bad = new Map<string, string>()
  let next = 0
  const work = async () => {
    while (next < paths.length) {
      const path = paths[next++]!
      await decodePicture(path, format).catch((cause: Error) => bad.set(path, cause.message.split('\n')[0]!))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return new Map([...bad].sort(([a], [b]) => (a < b ? -1 : 1)))
}
