/** What the header of a plain JPEG says. */
export interface JpegHeader {
  readonly width: number
  readonly height: number
  /** 1 gray, 3 color. */
  readonly components: 1 | 3
}

/**
 * Reads the header of a JPEG of the plain kind: 8 bits, gray or color, Huffman-coded, baseline or progressive, not turned by its
 * camera, and without a color profile.
 * @returns undefined for any other file.
 *
 * Threads get this function as text: it may use nothing from outside.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const startsWith = (at: number, text: string) =>
    at + text.length <= bytes.length && [...text].every((char, i) => bytes[at + i] === char.charCodeAt(0))

  /** Whether the Exif data says to turn the picture, or cannot be read. */
  const isTurned = (at: number, end: number): boolean => {
    const little = view.getUint16(at) === 0x4949
    const first = at + view.getUint32(at + 4, little)
    if (first + 2 > end) return true
    const entries = view.getUint16(first, little)
    if (first + 2 + 12 * entries > end) return true
    for (let entry = first + 2; entry < first + 2 + 12 * entries; entry += 12)
      if (view.getUint16(entry, little) === 0x0112) return view.getUint16(entry + 8, little) !== 1
    return false
  }

  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return undefined
  for (let at = 2; at + 4 <= bytes.length; ) {
    const [marker, length] = [view.getUint16(at), view.getUint16(at + 2)]
    const [content, end] = [at + 4, at + 2 + length]
    const standsAlone = marker >= 0xffd0 && marker <= 0xffd9
    if (marker < 0xffc0 || marker === 0xffff || standsAlone || length < 2 || end > bytes.length)
      return undefined
    if (marker === 0xffe1 && startsWith(content, 'Exif\0\0') && (length < 16 || isTurned(content + 6, end)))
      return undefined
    if (marker === 0xffe2 && startsWith(content, 'ICC_PROFILE\0')) return undefined
    const isFrame = marker <= 0xffcf && marker !== 0xffc4 && marker !== 0xffc8 && marker !== 0xffcc
    if (isFrame) {
      if (marker > 0xffc2 || length < 8 || bytes[content] !== 8) return undefined
      const [height, width] = [view.getUint16(content + 1), view.getUint16(content + 3)]
      const components = bytes[content + 5]
      const isPlain = height > 0 && width > 0 && (components === 1 || components === 3)
      return isPlain ? { width, height, components } : undefined
    }
    if (marker === 0xffda) return undefined // the pixels, before what says how many there are
    at = end
  }
  return undefined
}
