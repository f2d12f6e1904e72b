import { type Entry, type Example, GradusError } from '../../core/index.ts'

/** Something that must hold of every thing of a kind; it fails by throwing a {@link GradusError} that says what is wrong. */
export interface Property<T> {
  /** What holds, such as `its gradient is what central differences say`. */
  readonly name: string
  check(example: Example<T>, entry: Entry<T>): void | Promise<void>
}

/** One example put to one property. */
export interface Case {
  /** Such as `strided: its gradient is what central differences say`. */
  readonly name: string
  run(): Promise<void>
}

/** Every example of a thing put to every property. */
export function casesOf<T>(entry: Entry<T>, properties: readonly Property<T>[]): Case[] {
  return entry.examples.flatMap((example) =>
    properties.map((property) => ({
      name: `${example.name}: ${property.name}`,
      async run() {
        try {
          await property.check(example, entry)
        } catch (error) {
          if (!(error instanceof GradusError)) throw error
          throw new GradusError(
            `${entry.kind} ${entry.name} (${example.name}): not so: ${property.name}`,
            [error.message],
            {
              cause: error,
            },
          )
        }
      },
    })),
  )
}

/**
 * Runs all cases.
 * @throws with all that failed, not only the first.
 */
export async function runAll(cases: readonly Case[]): Promise<void> {
  const failures: string[] = []
  for (const { run } of cases) {
    try {
      await run()
    } catch (error) {
      if (!(error instanceof GradusError)) throw error
      failures.push(error.message)
    }
  }
  if (failures.length > 0) throw new GradusError(failures[0]!, failures.slice(1))
}
