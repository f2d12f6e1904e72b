import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

/** The house: a room imports only from strictly lower floors. `testing` stands outside and may look at all of them. */
const floors: Record<string, number> = {
  core: 0,
  graph: 1,
  schedules: 1,
  ops: 2,
  autodiff: 3,
  onnx: 3,
  nn: 4,
  optim: 4,
  data: 4,
  augment: 4,
  runtime: 5,
  train: 6,
  ensemble: 7,
  transfer: 7,
  search: 7,
  doctor: 7,
  serve: 7,
  distributed: 7,
  lab: 8,
  cli: 8,
}

const root = fileURLToPath(new URL('../src/', import.meta.url))
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

/** `import ... from 'x'`, `export ... from 'x'`, `import('x')` and `import 'x'`. */
const importsOf = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1]!,
  )

const roomOf = (file: string): string | undefined => (file.includes('/') ? file.split('/')[0] : undefined)

describe('the floors', () => {
  it('finds the sources', () => {
    expect(files.length).toBeGreaterThan(50)
  })

  it('has a floor for every room', () => {
    const rooms = new Set(files.map(roomOf).filter((room) => room !== undefined && room !== 'testing'))
    expect([...rooms].filter((room) => !(room! in floors))).toEqual([])
  })

  it('is the house that ARCHITECTURE.md shows', () => {
    const page = readFileSync(join(root, '../ARCHITECTURE.md'), 'utf8')
    const shown = [...page.matchAll(/^\| (\d|–) \| `(\w+)\/` \|/gm)].map(
      ([, floor, room]) => `${floor} ${room}`,
    )
    const rooms = new Set(files.map(roomOf).filter((room) => room !== undefined))
    expect(shown.sort()).toEqual([...rooms].map((room) => `${floors[room] ?? '–'} ${room}`).sort())
  })

  it('imports only downward', () => {
    const wrong: string[] = []
    for (const file of files) {
      const room = roomOf(file)
      if (!room || room === 'testing') continue
      for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
        const path = relative(root, join(root, dirname(file), target))
        const other = roomOf(path)
        if (other === room) continue
        if (!other || !(other in floors) || floors[other]! >= floors[room]!) wrong.push(`${file} -> ${path}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('resolves every relative import', () => {
    const missing = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.') && !existsSync(join(root, dirname(file), name)))
        .map((name) => `${file} -> ${name}`),
    )
    expect(missing).toEqual([])
  })

  it('knows ONNX Runtime in one room only', () => {
    const users = files.filter((file) => importsOf(file).some((name) => name.startsWith('onnxruntime')))
    expect([...new Set(users.map(roomOf))]).toEqual(['runtime'])
  })
})
