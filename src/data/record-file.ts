import { rmSync } from 'node:fs'
import { mkdtemp, open as openFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { atOnce } from './at-once.ts'
import type { SampleReader } from './dataset.ts'

/** Records that are written together. */
const BLOCK = 4 * 2 ** 20
/** Reads under way at a time. */
const AT_ONCE = 32

/**
 * Samples of one size in a file of their own, written one after another and read in any order. The file is temporary: it goes with
 * the process.
 */
export class RecordFile {
  readonly #path: string
  readonly #handle: Awaited<ReturnType<typeof openFile>>
  readonly #block: Buffer
  #filled = 0
  #written = 0

  private constructor(path: string, handle: Awaited<ReturnType<typeof openFile>>, recordBytes: number) {
    this.#path = path
    this.#handle = handle
    this.#block = Buffer.allocUnsafe(Math.max(1, Math.floor(BLOCK / recordBytes)) * recordBytes)
  }

  /** @param folder where the file lies; that for temporary files by default. */
  static async create(recordBytes: number, folder = tmpdir()): Promise<RecordFile> {
    const path = join(await mkdtemp(join(folder, 'gradus-records-')), 'records')
    process.once('exit', () => rmSync(dirname(path), { recursive: true, force: true }))
    return new RecordFile(path, await openFile(path, 'w+'), recordBytes)
  }

  /** Adds a record. Waits while a full block goes to the disk: a source is asked for no more than the disk takes. */
  async add(record: Uint8Array): Promise<void> {
    this.#block.set(record, this.#filled)
    this.#filled += record.length
    if (this.#filled === this.#block.length) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#filled === 0) return
    await this.#handle.write(this.#block, 0, this.#filled, this.#written)
    this.#written += this.#filled
    this.#filled = 0
  }

  async remove(): Promise<void> {
    await this.#handle.close()
    await rm(dirname(this.#path), { recursive: true, force: true })
  }

  /** Reads records of `size` numbers. */
  reader(dtype: SampleReader['dtype'], size: number): SampleReader {
    const bytes = dtype === 'uint8' ? size : 4 * size
    return {
      dtype,
      read: (samples, into) =>
        atOnce(samples.length, AT_ONCE, async (row) => {
          const place = new Uint8Array(into.buffer, into.byteOffset + row * bytes, bytes)
          await this.#handle.read(place, 0, bytes, samples[row]! * bytes)
        }),
    }
  }
}
