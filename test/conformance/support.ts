import { describe, it } from 'vitest'
import { catalog, type Entry, type Kind } from '../../src/core/index.ts'
import '../../src/node.ts'
import type { Case } from '../../src/testing/index.ts'

/**
 * Each registered thing of a kind, crossed with the properties of its suite; with `part`, every second one from the 0th or
 * from the 1st on, so that two workers can share them.
 */
export function suite<T>(kind: Kind, casesOf: (entry: Entry<T>) => readonly Case[], part?: 0 | 1): void {
  const entries = catalog(kind) as readonly Entry<T>[]
  for (const entry of entries.filter((_, i) => part === undefined || i % 2 === part)) {
    describe(`${kind} ${entry.name}`, () => {
      for (const { name, run } of casesOf(entry)) it(name, run)
    })
  }
}
