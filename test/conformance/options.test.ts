import { describe, expect, it } from 'vitest'
import { catalog } from '../../src/core/index.ts'
import '../../src/node.ts'
import { checkOptions, optionCases } from '../../src/testing/index.ts'

describe('misspelled options are refused by', () => {
  // Checks are what they are: nobody makes one with options.
  const entries = catalog()
    .filter(({ kind }) => kind !== 'check')
    .map((entry) => [`${entry.kind} ${entry.name}`, entry] as const)

  it.each(entries)('%s', async (_, entry) => {
    expect(optionCases(entry).length).toBeGreaterThan(0)
    await checkOptions(entry)
  })
})
