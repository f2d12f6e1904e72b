import { ensure, GradusError } from './errors.ts'

/** What a JSON text can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/**
 * The JSON text of `value`, which `where` names in errors.
 * @throws on NaN and infinities: JSON would silently turn them into null.
 */
export function stringifyJson(value: JsonObject, where: string, indent = 0): string {
  const check = (key: string, item: unknown) => {
    const finite = typeof item !== 'number' || Number.isFinite(item)
    ensure(
      finite,
      `${where}: "${key}" is ${item}, which JSON cannot hold`,
      'leave it out, or store it as text',
    )
    return item
  }
  return JSON.stringify(value, check, indent)
}

/** The object in a JSON text. @throws if the text is no JSON, or holds something else. */
export function parseJson(text: string, where: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new GradusError(`${where}: expected JSON, found ${brief(text)}`, [], { cause })
  }
  ensure(isJsonObject(value), `${where}: expected a JSON object, found ${brief(value)}`)
  return value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value in a few words, for error messages. */
export function brief(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) {
    const short = value.length <= 8 && value.every((item) => typeof item === 'number')
    return short ? `[${value.join(', ')}]` : `an array of ${value.length} values`
  }
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 40 ? `${text.slice(0, 40)}...` : text
}
