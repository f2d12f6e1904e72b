import { sizeOf } from '../../core/index.ts'
import type { Indices, Split } from '../../data/index.ts'

/** Values of a sample that its hash is made from; whether two samples are equal is then decided by all of them. */
const HASHED = 128

/**
 * How many of `asked` are also among `known`, value by value; undefined if the samples are not in memory. Both splits have
 * samples of one shape and of one type.
 */
export function duplicatesAmong(
  knownSplit: Split,
  known: Indices,
  askedSplit: Split,
  asked: Indices,
): number | undefined {
  const [a, b] = [valuesOf(knownSplit), valuesOf(askedSplit)]
  if (!a || !b) return undefined
  const size = sizeOf(knownSplit.shape)
  const places = placesIn(size)
  const waiting = new Map<number, number[]>()
  for (const sample of numbersOf(askedSplit, asked)) {
    const key = hash(b, sample * size, places)
    const bucket = waiting.get(key)
    if (bucket) bucket.push(sample)
    else waiting.set(key, [sample])
  }
  let count = 0
  for (const sample of numbersOf(knownSplit, known)) {
    const key = hash(a, sample * size, places)
    const bucket = waiting.get(key)
    if (!bucket) continue
    const rest = bucket.filter((other) => !same(a, sample * size, b, other * size, size))
    count += bucket.length - rest.length
    if (rest.length > 0) waiting.set(key, rest)
    else waiting.delete(key)
  }
  return count
}

type Values = Uint8Array | Float32Array

function valuesOf({ inputs }: Split): Values | undefined {
  const held: unknown = inputs
  return held instanceof Uint8Array || held instanceof Float32Array ? held : undefined
}

function numbersOf(split: Split, indices: Indices): Iterable<number> {
  return indices === 'all' ? Array(split.count).keys() : indices
}

/** Where in a sample its hash looks: all over it. */
function placesIn(size: number): Uint32Array {
  const count = Math.min(size, HASHED)
  return Uint32Array.from({ length: count }, (_, i) => Math.floor((i * size) / count))
}

/** FNV-1a over values, as whole 64ths: enough to tell samples apart, since equal hashes are looked at again. */
function hash(values: Values, start: number, places: Uint32Array): number {
  let key = 0x811c9dc5
  for (const place of places) key = Math.imul(key ^ (values[start + place]! * 64), 0x01000193)
  return key >>> 0
}

function same(a: Values, from: number, b: Values, other: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (a[from + i] !== b[other + i]) return false
  return true
}
