import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { catalog } from '../../src/core/index.ts'
import '../../src/node.ts'
import { failureOf, jsonLinesOf } from './support.ts'

let printed = ''
beforeEach(() => {
  printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
})
afterEach(() => vi.restoreAllMocks())

const run = async (...args: string[]) => {
  await createProgram().parseAsync(['list', ...args], { from: 'user' })
  return printed
}

interface Summary {
  readonly names: Readonly<Record<string, readonly string[]>>
  readonly [kind: string]: unknown
}

describe('gradus list --json', () => {
  it('prints a line for each entry, then what there is by kind', async () => {
    const lines = jsonLinesOf(await run('--json'))
    const { names, ...counts } = lines.at(-1) as Summary
    expect(lines).toHaveLength(catalog().length + 1)
    expect(Object.keys(counts)).toEqual(Object.keys(names))
    for (const [kind, list] of Object.entries(names)) expect(counts[kind], kind).toBe(list.length)
    for (const kind of ['activations', 'layers', 'losses', 'optimizers', 'schedules', 'initializers'])
      expect(counts[kind], kind).toBeGreaterThan(0)
    expect(counts).toHaveProperty('augmentations')
    expect(names.optimizers).toContain('adamw')
    expect(lines.find(({ kind, name }) => kind === 'optimizer' && name === 'adam')).toMatchObject({
      doc: expect.stringMatching(/\.$/),
      source: expect.stringContaining('Kingma'),
      examples: expect.arrayContaining([expect.any(String)]),
    })
  })

  it('takes one kind, by either form of its name', async () => {
    const lines = jsonLinesOf(await run('schedule', '--json'))
    printed = ''
    expect(jsonLinesOf(await run('schedules', '--json'))).toEqual(lines)
    expect(Object.keys(lines.at(-1)!)).toEqual(['schedules', 'names'])
  })
})

describe('gradus list', () => {
  it('fits 100 columns, with a heading for each kind and every name once', async () => {
    const lines = (await run()).split('\n')
    expect(lines.filter((line) => line.length > 100)).toEqual([])
    for (const { kind, name } of catalog()) {
      const from = lines.findIndex((line) => line.startsWith(kind.slice(0, 4)) && line.endsWith(')'))
      expect(from, kind).toBeGreaterThanOrEqual(0)
      expect(lines.filter((line) => line.startsWith(`  ${name} `)).length, name).toBeGreaterThan(0)
    }
  })

  it('says which kinds there are', async () => {
    expect(await failureOf('list', 'shedules')).toContain(
      'unknown kind "shedules"; did you mean "schedules"?\n  known: activations, layers,',
    )
  })
})

describe('every entry of the catalog', () => {
  it.each(catalog().map((entry) => [`${entry.kind} ${entry.name}`, entry] as const))('%s', (_, entry) => {
    expect(entry.doc).toMatch(/^\S.*[.]$/)
    expect(entry.source ?? 'None, 2000').toMatch(/, \d{4}$/)
    expect(entry.examples.length).toBeGreaterThan(0)
    expect(new Set(entry.examples.map(({ name }) => name)).size).toBe(entry.examples.length)
  })
})
