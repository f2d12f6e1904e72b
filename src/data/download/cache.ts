import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { ensure } from '../../core/index.ts'
import type { DatasetSource } from '../sets/source.ts'
import { type DownloadOptions, fetchFile, type RemoteFile } from './fetch-file.ts'

/** Where downloaded data sets are kept: `GRADUS_CACHE`, else `gradus` in the folder for caches of this account. */
export function cacheFolder(): string {
  const { GRADUS_CACHE, XDG_CACHE_HOME } = process.env
  return GRADUS_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gradus')
}

/**
 * The folder with the files of a named data set, which are fetched if they are not in the cache yet: whole and with the right
 * checksum or not at all. `GRADUS_MIRROR` is an address to try first, with the files below `/<set>/`.
 * @throws if the set cannot be fetched.
 */
export async function fetchDataset(source: DatasetSource, options: DownloadOptions = {}): Promise<string> {
  const { name, remote = [] } = source
  ensure(remote.length > 0, `${name}: cannot be fetched`, 'say where its files are: --data DIR')
  const folder = join(cacheFolder(), name)
  for (const file of remote) {
    const mirrored = { ...file, urls: [...mirrors(name, file), ...file.urls] }
    if (file.name.endsWith('.tar.gz')) await fetchArchive(mirrored, folder, options)
    else await fetchFile(mirrored, join(folder, file.name), options)
  }
  return folder
}

const mirrors = (set: string, { name }: RemoteFile): string[] => {
  const mirror = process.env.GRADUS_MIRROR
  return mirror ? [`${mirror.replace(/\/$/, '')}/${set}/${name}`] : []
}

/** Unpacks an archive beside its place, which it takes when it is whole. */
async function fetchArchive(file: RemoteFile, folder: string, options: DownloadOptions): Promise<void> {
  const marker = join(folder, basename(file.name, '.tar.gz'))
  if (existsSync(marker)) return
  const archive = join(folder, file.name)
  await fetchFile(file, archive, options)
  const unpacking = `${marker}.part`
  await rm(unpacking, { recursive: true, force: true })
  await mkdir(unpacking, { recursive: true })
  const { extract } = await import('tar')
  await extract({ file: archive, cwd: unpacking, strip: 1 })
  await rename(unpacking, marker)
  await rm(archive)
}
