import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** Reads of this many bytes. */
const CHUNK = 1 << 20
/** Longer lines are not looked at: no event is, and they would fill the memory. */
const LONGEST_LINE = 8 << 20
/** So many bytes before the place that was read to are compared, to notice that a file was begun anew. */
const MARK = 64

/** Takes a line: the bytes from `start` up to `end`, valid during the call only. */
export type TakeLine = (bytes: Buffer, start: number, end: number) => void

export interface TailReport {
  /** Whether there was anything new. */
  readonly changed: boolean
  /** Whether the file was begun anew since the last read: what was made from it before does not hold. */
  readonly restarted: boolean
  /** Lines that were too long. */
  readonly skipped: number
}

/**
 * Follows a file that others append to, line by line. Half a line at the end waits for its other half. A file that is shorter
 * than it was, or has other bytes before the place that was read to, is read again from its start: a run that goes on drops what
 * it does again.
 */
export class Tail {
  readonly #path: string
  /** Bytes that were read, half a line included. */
  #offset = 0
  #half: Buffer[] = []
  #halfLength = 0
  /** Whether the line that is being read is too long. */
  #tooLong = false
  #mark = Buffer.alloc(0)

  constructor(path: string) {
    this.#path = path
  }

  /**
   * Hands each new line to `take`.
   * @param restart is called before the first line if the file was begun anew.
   */
  read(take: TakeLine, restart: () => void): TailReport {
    const file = openRegular(this.#path)
    if (file === undefined) return { changed: false, restarted: false, skipped: 0 }
    try {
      const { size } = fstatSync(file)
      const restarted = this.#offset > 0 && (size < this.#offset || !this.#isMarked(file))
      if (restarted) {
        this.#reset()
        restart()
      }
      const began = this.#offset
      let skipped = 0
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(0, size - began)))
      while (this.#offset < size) {
        const count = readSync(file, chunk, 0, chunk.length, this.#offset)
        if (count === 0) break
        this.#offset += count
        const bytes = chunk.subarray(0, count)
        skipped += this.#lines(bytes, take)
        this.#mark = Buffer.from(Buffer.concat([this.#mark, bytes.subarray(-MARK)]).subarray(-MARK))
      }
      return { changed: restarted || this.#offset > began, restarted, skipped }
    } finally {
      closeSync(file)
    }
  }

  #lines(bytes: Buffer, take: TakeLine): number {
    let skipped = 0
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (this.#tooLong) skipped++
      else if (this.#halfLength === 0) take(bytes, start, end)
      else {
        const line = Buffer.concat([...this.#half, bytes.subarray(start, end)])
        take(line, 0, line.length)
      }
      if (this.#tooLong || this.#halfLength > 0) this.#forget()
      start = end + 1
    }
    this.#keep(bytes.subarray(start))
    return skipped
  }

  /** Holds half a line until the rest comes. */
  #keep(bytes: Buffer): void {
    if (bytes.length === 0 || this.#tooLong) return
    if (this.#halfLength + bytes.length > LONGEST_LINE) {
      this.#forget()
      this.#tooLong = true
      return
    }
    this.#half.push(Buffer.from(bytes))
    this.#halfLength += bytes.length
  }

  #forget(): void {
    this.#half = []
    this.#halfLength = 0
    this.#tooLong = false
  }

  #reset(): void {
    this.#offset = 0
    this.#mark = Buffer.alloc(0)
    this.#forget()
  }

  #isMarked(file: number): boolean {
    const found = Buffer.alloc(this.#mark.length)
    const count = readSync(file, found, 0, found.length, this.#offset - found.length)
    return count === found.length && found.equals(this.#mark)
  }
}

/** Opens a regular file, and neither a link nor something that would never answer; undefined if there is none to be read. */
export function openRegular(path: string): number | undefined {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  let file: number
  try {
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  } catch {
    return undefined // gone, forbidden, or a link: there is nothing to show
  }
  if (fstatSync(file).isFile()) return file
  closeSync(file)
  return undefined
}

/** The text of a regular file of at most `most` bytes; undefined if there is none. */
export function readRegular(path: string, most: number): string | undefined {
  const file = openRegular(path)
  if (file === undefined) return undefined
  try {
    const { size } = fstatSync(file)
    if (size > most) return undefined
    const bytes = Buffer.alloc(size)
    const count = size > 0 ? readSync(file, bytes, 0, size, 0) : 0
    return bytes.toString('utf8', 0, count)
  } finally {
    closeSync(file)
  }
}
