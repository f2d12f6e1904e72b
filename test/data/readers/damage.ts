import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect } from 'vitest'
import { GradusError } from '../../../src/core/index.ts'

/** The path of a file that test/fixtures/tables.py wrote. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/tables/${name}`, import.meta.url))

export const fixtureBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(fixture(name)))

/** What test/fixtures/tables.py says of a kind of file. */
export function expectations<T>(kind: string): T {
  const path = new URL('../../fixtures/tables.json', import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8'))[kind] as T
}

/** The bytes with some changed, cut off or added. */
export const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> => {
  const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 4 })
  const ends = fc.oneof({ weight: 3, arbitrary: fc.constant(bytes.length) }, fc.nat(bytes.length + 3))
  return fc.tuple(changes, ends).map(([edits, length]) => {
    const result = new Uint8Array(length)
    result.set(bytes.subarray(0, length))
    for (const [at, value] of edits) if (at < length) result[at] = value
    return result
  })
}

/** What `make` gives, or undefined if it fails as it should. */
export async function attempt<T>(make: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await make()
  } catch (error) {
    if (!(error instanceof GradusError)) throw error
    expect(error.message.length).toBeGreaterThan(0)
    return undefined
  }
}

/** The error of `make`, which must be one that a person can act on. */
export async function failureOf(make: () => unknown): Promise<GradusError> {
  try {
    await make()
  } catch (error) {
    expect(error).toBeInstanceOf(GradusError)
    return error as GradusError
  }
  return expect.unreachable('it does not fail')
}
