import type { Plain } from './api.ts'

/**
 * Careful readers of parsed JSON: run folders may be cut off, edited, of another version or hostile. What is not of the expected
 * kind is undefined, and the rest is shown.
 */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object under a key; empty if there is none. */
export const fieldsOf = (from: Fields, key: string): Fields => {
  const value = own(from, key)
  return isFields(value) ? value : {}
}

/** A finite number. */
export function numberOf(from: Fields, key: string): number | undefined {
  const value = own(from, key)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** Longer texts are cut: nobody reads them in a panel. */
const LONGEST_TEXT = 2000

export function textOf(from: Fields, key: string): string | undefined {
  const value = own(from, key)
  return typeof value === 'string' ? cut(value, LONGEST_TEXT) : undefined
}

const cut = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text)

/** The elements under a key that are objects, at most `most`. */
export const recordsOf = (from: Fields, key: string, most: number): Fields[] =>
  listOf(from, key).slice(0, most).filter(isFields)

export function listOf(from: Fields, key: string): readonly unknown[] {
  const value = own(from, key)
  return Array.isArray(value) ? value : []
}

/** A list of nothing but finite numbers, no longer than `most`. */
export function numbersOf(from: Fields, key: string, most: number): readonly number[] | undefined {
  const list = listOf(from, key)
  return list.length > 0 && list.length <= most && list.every((n) => Number.isFinite(n))
    ? (list as number[])
    : undefined
}

/** The finite numbers of an object, by name. */
export function scoresOf(from: Fields, key: string, most = 8): Record<string, number> {
  const entries = Object.entries(fieldsOf(from, key)).filter(([, value]) => Number.isFinite(value))
  return Object.fromEntries(entries.slice(0, most)) as Record<string, number>
}

/** JSON of any kind, no deeper, longer or wider than a card can show. */
export function plainOf(value: unknown, depth = 4): Plain {
  if (typeof value === 'string') return cut(value, LONGEST_TEXT)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean' || value === null || value === undefined) return value ?? null
  if (depth === 0) return '…'
  if (Array.isArray(value)) return value.slice(0, 200).map((item) => plainOf(item, depth - 1))
  const entries = Object.entries(value).slice(0, 40)
  return Object.fromEntries(entries.map(([key, item]) => [cut(key, 80), plainOf(item, depth - 1)]))
}

/** A property of the object itself: a file may name one like those that all objects have. */
const own = (from: Fields, key: string): unknown => (Object.hasOwn(from, key) ? from[key] : undefined)
