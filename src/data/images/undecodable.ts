import { accessSync, constants } from 'node:fs'
import { GradusError } from '../../core/index.ts'
import { reasonOf } from '../files.ts'

/** The most pixels that a file may claim to have: a small file can unpack to any size. */
export const PIXEL_LIMIT = 100e6

interface Size {
  readonly width: number
  readonly height: number
}

/** A picture is not of the size that is asked for. */
export function otherSize(found: Size, { width, height }: Size, name: string): GradusError {
  return new GradusError(
    `${name}: expected a picture of ${width}x${height}, the size of the first, found ${found.width}x${found.height}`,
    ['say what all should become: { size: 64, fit: "cover" } (or "contain", or "fill")'],
  )
}

/** What is wrong with a picture that cannot be decoded, for people. */
export function undecodable(source: string | Uint8Array, name: string, cause: unknown): GradusError {
  if (cause instanceof GradusError) return cause
  const unreadable = typeof source === 'string' ? whyUnreadable(source) : undefined
  if (unreadable) return new GradusError(`${name}: expected a picture, ${unreadable}`, [], { cause })
  const reason = cause instanceof Error ? cause.message : String(cause)
  // The decoder says the same again and again.
  const [first = ''] = reason.split('\n')
  if (/pixel limit/i.test(first)) {
    const limit = `${PIXEL_LIMIT / 1e6} million pixels`
    return new GradusError(`${name}: expected a picture of at most ${limit}, found a larger one`, [
      'make it smaller, or leave it out',
    ])
  }
  return new GradusError(`${name}: expected a picture, found a file that cannot be decoded`, [first], {
    cause,
  })
}

/** The decoder calls what it may not open damaged. */
function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return undefined
  } catch (cause) {
    return reasonOf(cause)
  }
}
