/**
 * An error that a person can act on. The first line says what is wrong: the thing, what was expected, what was found.
 * The notes that follow say where it comes from and what to do.
 */
export class GradusError extends Error {
  override readonly name = 'GradusError'
  readonly notes: readonly string[]

  constructor(message: string, notes: readonly string[] = [], options?: { cause?: unknown }) {
    super([message, ...notes].join('\n  '), options)
    this.notes = notes
  }
}

/** Fails with a {@link GradusError} unless `condition` holds. */
export function ensure(condition: unknown, message: string, ...notes: string[]): asserts condition {
  if (!condition) throw new GradusError(message, notes)
}

/** Does something with what is called `what`, which errors then name first. */
export function within<T>(what: string, use: () => T): T {
  try {
    return use()
  } catch (cause) {
    if (!(cause instanceof GradusError)) throw cause
    throw new GradusError(`${what}: ${cause.message.split('\n')[0]}`, cause.notes, { cause })
  }
}

/**
 * The candidate that a person most likely meant by `name`, or undefined if nothing is near.
 * Edit distance (Levenshtein, with the swap of two neighbors as one edit), case ignored; at most a third of the longer
 * name may differ. A name that was begun and not finished means the first that begins so.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const all = [...candidates]
  const begun =
    name.length > 2 && all.find((candidate) => candidate.toLowerCase().startsWith(name.toLowerCase()))
  if (begun) return begun
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of all) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  const limit = Math.max(1, Math.floor(Math.max(name.length, best?.length ?? 0) / 3))
  return bestDistance <= limit ? best : undefined
}

function editDistance(a: string, b: string): number {
  let above: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? above[j - 2]! + 1 : replaced
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1))
    }
    above = row
    row = next
  }
  return row[b.length]!
}

/** The error for a `name` that is not among `candidates`: lists them and suggests the nearest. */
export function unknownName(kind: string, name: string, candidates: readonly string[]): GradusError {
  // What is given where a name is expected may be anything: options, for one.
  const guess = nearest(String(name), candidates)
  return new GradusError(`unknown ${kind} "${name}"${guess ? `; did you mean "${guess}"?` : ''}`, [
    `known: ${candidates.join(', ')}`,
  ])
}

/**
 * Fails if `options` has a key that is not among `known`, or is no record at all: what was misspelled, or given as in another
 * library (`linear(3, 4, false)`), must not be ignored.
 */
export function ensureKnownOptions(what: string, options: object, known: readonly string[]): void {
  const isRecord = typeof options === 'object' && options !== null && !Array.isArray(options)
  ensure(
    isRecord,
    `${what}: expected options by name, got ${Array.isArray(options) ? 'an array' : String(options)}`,
    `known: ${known.join(', ')}; for example { ${known[0]}: ... }`,
  )
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw unknownName(`option of ${what}`, key, known)
  }
}
