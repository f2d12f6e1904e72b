import { describe, it } from 'vitest'
import { catalog, type Entry, type Kind } from '../../src/core/index.ts'
import '../../src/node.ts'
import type { Case } from '../../src/testing/index.ts'

/** Each registered thing of a kind, crossed with the properties of its suite. */
export function suite<T>(kind: Kind, casesOf: (entry: Entry<T>) => readonly Case[]): void {
  for (const entry of catalog(kind) as readonly Entry<T>[]) {
    describe(`${kind} ${entry.name}`, () => {
      for (const { name, run } of casesOf(entry)) it(name, run)
    })
  }
}
