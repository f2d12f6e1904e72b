import { crc32, deflateSync } from 'node:zlib'

/** A picture of whole pixels. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** Red, green and blue of each pixel, row after row, 0 to 255. */
  readonly pixels: Uint8Array
}

/**
 * The PNG file of a picture. Not compressed, only stored: the pictures of logs are small, and their bytes are then the same
 * whatever version of zlib is about.
 */
export function encodePng({ width, height, pixels }: Picture): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8) // 8 bits a channel, RGB
  const rows = Buffer.alloc(height * (1 + 3 * width)) // each row begins with its filter: 0, none
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(3 * width * y, 3 * width * (y + 1)), y * (1 + 3 * width) + 1)
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 0 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Length, type, content, and the checksum of the latter two. */
function chunk(type: string, content: Uint8Array): Buffer {
  const frame = Buffer.alloc(12 + content.length)
  frame.writeUInt32BE(content.length, 0)
  frame.write(type, 4, 'latin1')
  frame.set(content, 8)
  frame.writeUInt32BE(crc32(frame.subarray(4, 8 + content.length)), 8 + content.length)
  return frame
}
