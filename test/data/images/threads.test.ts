import { execFile } from 'node:child_process'
import * as fs from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { decoderCode, decoderModules } from '../../../src/data/images/threads/decoder-code.ts'
import { DecoderThreads } from '../../../src/data/images/threads/decoder-threads.ts'
import { makeFileReader } from '../../../src/data/images/threads/file-reader.ts'
import { bytesOf, stored } from './pictures.ts'

const format = { channels: 3, height: 2, width: 2 } as const
const axis = { from: 0, scale: 1, count: 2, before: 0 }
const placement = { x: axis, y: axis }

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gradus-threads-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('threads that decode', () => {
  it('say what went wrong, and go on', async () => {
    const threads = new DecoderThreads()
    const pixels = () => Uint8Array.from({ length: 12 }, (_, i) => i)
    const two = { width: 2, height: 2, channels: 2 as never }
    await expect(threads.run({ format, pixels: pixels(), picture: two, placement })).rejects.toThrow(
      'decoding pictures failed on another thread',
    )
    const picture = { width: 2, height: 2, channels: 3 } as const
    const planes = await threads.run({ format, pixels: pixels(), picture, placement })
    expect([...planes!]).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
  })

  it('say that they cannot start, to each that asks', async () => {
    const broken = join(await temporaryFolder(), 'broken.cjs')
    await writeFile(broken, 'throw new Error("no such library here")')
    const threads = new DecoderThreads(broken)
    const jobs = Array.from({ length: 9 }, () => threads.run({ format, file: 'x.jpg' }))
    for (const { status, reason } of await Promise.allSettled(jobs).then(
      (all) => all as PromiseRejectedResult[],
    )) {
      expect(status).toBe('rejected')
      expect(reason).toMatchObject({
        name: 'GradusError',
        notes: [expect.stringContaining('no such library here')],
      })
    }
  })

  it('leave files to another decoder that are no JPEGs', async () => {
    const threads = new DecoderThreads()
    for (const file of ['/nowhere.jpg', Uint8Array.from([1, 2, 3]), new Uint8Array()])
      expect(await threads.run({ format, file })).toBeUndefined()
  })

  it('end with the process, and keep it until then', async () => {
    const folder = await temporaryFolder()
    const [path, picture] = [join(folder, 'a.jpg'), join(folder, 'a.mjs')]
    await writeFile(path, bytesOf(stored.jpegs[0]!.file))
    const codec = createRequire(import.meta.url).resolve('@julusian/jpeg-turbo')
    // The text alone, as the package has it: it needs nothing else from us.
    const script = `
      import { Worker } from 'node:worker_threads'
      const worker = new Worker(${JSON.stringify(decoderCode)}, { eval: true, workerData: { codec: ${JSON.stringify(codec)}, modules: {} } })
      worker.once('message', ({ id, failure }) => { console.log(id, failure); worker.unref() })
      worker.postMessage({ id: 7, job: { file: ${JSON.stringify(path)}, format: { channels: 3, height: 54, width: 72 } } })`
    await writeFile(picture, script)
    const { stdout } = await promisify(execFile)(process.execPath, [picture], { timeout: 8000 })
    expect(stdout).toMatch(/^7 TypeError/) // without modules it reads the file, and fails at scaling
    expect(Object.keys(decoderModules())).toEqual(['1,4', '1,8', '3,4', '3,8'])
  })
})

describe('reading files', () => {
  it('gives their bytes until the next, and nothing of those that are too large or not there', async () => {
    const folder = await temporaryFolder()
    const read = makeFileReader(fs, 100_000)
    for (const size of [0, 5, 70_000, 100_000, 3]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7)
      await writeFile(join(folder, 'file'), bytes)
      expect(read(join(folder, 'file'))).toEqual(bytes)
    }
    await writeFile(join(folder, 'file'), new Uint8Array(100_001))
    expect(read(join(folder, 'file'))).toBeUndefined()
    expect(read(folder)).toBeUndefined()
    expect(read(join(folder, 'none'))).toBeUndefined()
  })
})
