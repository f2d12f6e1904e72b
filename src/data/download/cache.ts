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
 * With `GRADUS_OFFLINE` nothing is fetched.
 * @throws if the set cannot be fetched.
 */
export async function fetchDataset(source: DatasetSource, options: DownloadOptions = {}): Promise<string> {
  const { name, remote = [] } = source
  ensure(remote.length > 0, `${name}: cannot be fetched`, 'say where its files are: --data DIR')
  const folder = join(cacheFolder(), name)
  const missing = remote.filter((file) => !existsSync(placeOf(file, folder)))
  ensure(
    missing.length === 0 || !process.env.GRADUS_OFFLINE,
    `${name}: expected its files in "${folder}", found none, and GRADUS_OFFLINE forbids to fetch them`,
    'say where they are: --data DIR',
  )
  for (const file of missing) {
    const mirrored = { ...file, urls: [...mirrors(name, file), ...file.urls] }
    if (isArchive(file)) await fetchArchive(mirrored, folder, options)
    else await fetchFile(mirrored, placeOf(file, folder), options)
  }
  return folder
}

const isArchive = ({ name }: RemoteFile) => name.endsWith('.tar.gz')

/** Where a file comes to lie, or the folder that an archive becomes. */
const placeOf = (file: RemoteFile, folder: string): string =>
  join(folder, isArchive(file) ? basename(file.name, '.tar.gz') : file.name)

const mirrors = (set: string, { name }: RemoteFile): string[] => {
  const mirror = process.env.GRADUS_MIRROR
  return mirror ? [`${mirror.replace(/\/$/, '')}/${set}/${name}`] : []
}

/** Unpacks an archive beside its place, which it takes when it is whole. */
async function fetchArchive(file: RemoteFile, folder: string, options: DownloadOptions): Promise<void> {
  const place = placeOf(file, folder)
  const archive = join(folder, file.name)
  await fetchFile(file, archive, options)
  const unpacking = `${place}.part`
  await rm(unpacking, { recursive: true, force: true })
  await mkdir(unpacking, { recursive: true })
  const { extract } = await import('tar')
  await extract({ file: archive, cwd: unpacking, strip: 1 })
  await rename(unpacking, place)
  await rm(archive)
}
