import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { catalog, type Kind } from '../../src/core/index.ts'
import { augment, data, init, losses, nn, optim, schedules } from '../../src/node.ts'

const root = fileURLToPath(new URL('../../src/', import.meta.url))

/** Where the things of a kind are defined, and what a person imports them from. */
const rooms: readonly { kinds: readonly Kind[]; folder: string; module: object }[] = [
  { kinds: ['activation', 'layer'], folder: 'nn/layers', module: nn },
  { kinds: ['loss'], folder: 'nn/losses', module: losses },
  { kinds: ['initializer'], folder: 'nn/init', module: init },
  { kinds: ['transform', 'optimizer', 'minimizer'], folder: 'optim', module: optim },
  { kinds: ['schedule'], folder: 'schedules', module: schedules },
  { kinds: ['augmentation'], folder: 'augment', module: augment },
  { kinds: ['preprocessing'], folder: 'data/preprocess', module: data },
]

/** They take optimizers and give one: nothing to choose by itself. */
const combining = ['chain', 'scheduled', 'withRate']

/** `export const relu = defineLayer(...)`, `export function x(...): Loss {`, `export const x = (...): Link =>` */
const definition =
  /^export (?:const|function) (\w+)(?: = define\w+\(|[^{;]*?\): (?:Layer|Loss|Initializer|Link|Optimizer|Schedule|Curve) (?:\{|=>)|: Initializer =)/gm

function definitionsIn(folder: string): string[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(root, folder, file), 'utf8').matchAll(definition)])
    .map((match) => match[1]!)
}

describe.each(rooms)('$folder', ({ kinds, folder, module }) => {
  const entries = kinds.flatMap((kind) => catalog(kind))

  it('has entries of every kind', () => {
    for (const kind of kinds) expect(catalog(kind).length, kind).toBeGreaterThan(0)
  })

  it('has everything that it defines and exports in the catalog', () => {
    const names = definitionsIn(folder).filter((name) => name in module && !combining.includes(name))
    expect(names.length).toBeGreaterThan(3)
    const known = entries.map(({ name }) => name)
    expect(names.filter((name) => !known.includes(name))).toEqual([])
  })

  it('exports every entry under its name', () => {
    expect(entries.map(({ name }) => name).filter((name) => !(name in module))).toEqual([])
  })
})
