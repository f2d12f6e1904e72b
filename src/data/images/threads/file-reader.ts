/** What we use of `node:fs`. */
export type FileSystem = Pick<typeof import('node:fs'), 'openSync' | 'fstatSync' | 'readSync' | 'closeSync'>

/**
 * Reads files, one after the other, into memory of its own.
 * @param most bytes that a file may have.
 * @returns reads a file, whose bytes hold until the next; undefined if it cannot be read, or is larger.
 *
 * Threads get this function as text: it may use nothing from outside.
 */
export function makeFileReader(fs: FileSystem, most: number): (path: string) => Uint8Array | undefined {
  let room = new Uint8Array(2 ** 16)
  const read = (file: number): Uint8Array | undefined => {
    const { size } = fs.fstatSync(file)
    if (size > most) return undefined
    if (size > room.length) room = new Uint8Array(Math.ceil(1.5 * size))
    let length = 0
    while (length < size) {
      const count = fs.readSync(file, room, length, size - length, length)
      if (count === 0) return undefined // it became shorter
      length += count
    }
    return room.subarray(0, length)
  }
  return (path) => {
    try {
      const file = fs.openSync(path, 'r')
      try {
        return read(file)
      } finally {
        fs.closeSync(file)
      }
    } catch {
      return undefined
    }
  }
}
