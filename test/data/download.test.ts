import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from 'tar'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type DatasetSource,
  type DownloadProgress,
  datasets,
  digits,
  fetchDataset,
  fetchFile,
} from '../../src/data/index.ts'
import { noise } from './fixtures.ts'

const content = noise(300_000)
const md5 = createHash('md5').update(content).digest('hex')

/** A server on this machine that goes when the test is over; its address. */
async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Answers with `content`, or the part that is asked for. */
const whole: RequestListener = ({ headers }, response) => {
  const from = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)
  if (from >= content.length) return response.writeHead(416).end()
  const part = content.subarray(from)
  return response.writeHead(from > 0 ? 206 : 200, { 'content-length': part.length }).end(part)
}

describe('fetchFile', () => {
  let folder: string
  let path: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gradus-download-'))
    path = join(folder, 'deep', 'file.bin')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))
  const file = (...urls: string[]) => ({ name: 'file.bin', urls, md5 })
  const held = async () => (await readFile(path)).equals(content)

  it('fetches a file, and tells how far it has come', async () => {
    const seen: DownloadProgress[] = []
    await fetchFile(file(await serve(whole)), path, { onProgress: (progress) => seen.push(progress) })
    expect(await held()).toBe(true)
    expect(seen.at(-1)).toEqual({ name: 'file.bin', done: 300_000, total: 300_000 })
    expect(existsSync(`${path}.part`)).toBe(false)
  })

  it('goes on where a connection broke', async () => {
    const ranges: (string | undefined)[] = []
    let broken = false
    const url = await serve((request, response) => {
      ranges.push(request.headers.range)
      if (broken) return whole(request, response)
      broken = true
      response.writeHead(200, { 'content-length': content.length })
      return response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 20))
    })
    await expect(fetchFile(file(url), path)).rejects.toThrow('file.bin: could not be downloaded')
    expect(existsSync(path)).toBe(false)
    await fetchFile(file(url), path)
    expect(await held()).toBe(true)
    expect(ranges[0]).toBeUndefined()
    expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-$/)
  })

  it('begins again where a server sends all of it', async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, { 'content-length': content.length }).end(content),
    )
    await fetchFile({ ...file(url), md5 }, join(folder, 'a'), {})
    await writeFile(join(folder, 'b.part'), content.subarray(0, 5000))
    await fetchFile(file(url), join(folder, 'b'))
    expect((await readFile(join(folder, 'b'))).equals(content)).toBe(true)
  })

  it('takes what is there already', async () => {
    let asked = 0
    const url = await serve((request, response) => {
      asked++
      return whole(request, response)
    })
    await fetchFile(file(url), path)
    await fetchFile(file(url), path)
    expect(asked).toBe(1)
    // All of it was there, but it had not come to its place.
    await writeFile(join(folder, 'c.part'), content)
    await fetchFile(file(url), join(folder, 'c'))
    expect(asked).toBe(2)
  })

  it('never keeps a file with a wrong checksum, and tries the next address', async () => {
    const wrong = await serve((_, response) => response.end('<html>please log in</html>'))
    const missing = await serve((_, response) => response.writeHead(404).end())
    await fetchFile(file(wrong, missing, await serve(whole)), path)
    expect(await held()).toBe(true)
    const nowhere = fetchFile(file(wrong, missing, 'http://127.0.0.1:9/'), join(folder, 'other'))
    await expect(nowhere).rejects.toThrow(
      /expected a file with MD5 .*, got one with .*\n.*the server answered 404\n.*127\.0\.0\.1:9/,
    )
    expect(existsSync(join(folder, 'other'))).toBe(false)
    expect(existsSync(join(folder, 'other.part'))).toBe(false)
  })

  it('stops when it is told to, and keeps what it has', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': content.length })
      response.write(content.subarray(0, 1000))
    })
    const controller = new AbortController()
    const stopped = fetchFile(file(url), path, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(stopped).rejects.toThrow('abort')
    expect(existsSync(path)).toBe(false)
    expect(existsSync(`${path}.part`)).toBe(true)
  })
})

describe('fetchDataset', () => {
  const source = (remote: DatasetSource['remote']): DatasetSource => ({
    name: 'tiny',
    description: '',
    files: [],
    ...(remote && { remote }),
    recognizes: () => false,
    load: () => digits(),
  })

  it('fetches files and unpacks archives into the cache, from a mirror if there is one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gradus-cache-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await writeFile(join(folder, 'inside.bin'), content)
    await create({ cwd: folder, file: join(folder, 'set.tar.gz'), gzip: true, prefix: 'upstream' }, [
      'inside.bin',
    ])
    const archive = new Uint8Array(await readFile(join(folder, 'set.tar.gz')))
    const asked: (string | undefined)[] = []
    const mirror = await serve((request, response) => {
      asked.push(request.url)
      return request.url!.endsWith('.tar.gz') ? response.end(archive) : whole(request, response)
    })
    vi.stubEnv('GRADUS_OFFLINE', '')
    vi.stubEnv('GRADUS_CACHE', join(folder, 'cache'))
    vi.stubEnv('GRADUS_MIRROR', `${mirror}/`)
    onTestFinished(() => void vi.unstubAllEnvs())
    const set = source([
      { name: 'file.bin', urls: ['http://127.0.0.1:9/'], md5 },
      { name: 'set.tar.gz', urls: [], md5: createHash('md5').update(archive).digest('hex') },
    ])
    for (const _ of [1, 2]) {
      const dir = await fetchDataset(set)
      expect(dir).toBe(join(folder, 'cache', 'tiny'))
      expect((await readFile(join(dir, 'file.bin'))).equals(content)).toBe(true)
      expect((await readFile(join(dir, 'set', 'inside.bin'))).equals(content)).toBe(true)
    }
    expect(asked).toEqual(['/tiny/file.bin', '/tiny/set.tar.gz'])
  })

  it('fetches nothing when it must not', async () => {
    vi.stubEnv('GRADUS_OFFLINE', '1')
    vi.stubEnv('GRADUS_CACHE', '/nowhere')
    onTestFinished(() => void vi.unstubAllEnvs())
    const set = source([{ name: 'file.bin', urls: ['http://127.0.0.1:9/'], md5 }])
    await expect(fetchDataset(set)).rejects.toThrow(
      'tiny: expected its files in "/nowhere/tiny", found none, and GRADUS_OFFLINE forbids to fetch them',
    )
  })

  it('knows where every set is, or that it ships with Gradus', async () => {
    for (const { files, remote } of datasets) expect(remote === undefined).toBe(files.length === 0)
    await expect(fetchDataset(source(undefined))).rejects.toThrow('tiny: cannot be fetched')
  })
})
