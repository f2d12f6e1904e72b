import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { VERSION } from '../../src/core/index.ts'
import { blockSize } from '../../src/runtime/block-size.ts'
import type { Environment } from '../../src/runtime/index.ts'

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
  await createProgram().parseAsync(['env', ...args], { from: 'user' })
  return printed
}

const keys: readonly (keyof Environment)[] = [
  'device',
  'processor',
  'instructions',
  'lowering',
  'threads',
  'memory',
  'freeMemory',
  'update',
  'gradus',
  'node',
  'onnxruntime',
  'opset',
]

describe('gradus env', () => {
  it('--json gives every fact with its reason, under the keys that the page names, in their order', async () => {
    const found = JSON.parse(await run('--json')) as Environment
    expect(Object.keys(found)).toEqual(keys)
    for (const { value, reason } of Object.values(found)) {
      expect(String(value)).not.toBe('')
      expect(reason).toMatch(/^\S.*[^.]$/)
    }
    const page = readFileSync(new URL('../../docs/environment.md', import.meta.url), 'utf8')
    const rows = page.split('\n').filter((line) => line.startsWith('| `'))
    expect(rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, key]) => key))).toEqual(
      keys,
    )
  })

  it('tells what is so', async () => {
    const found = JSON.parse(await run('--json')) as Environment
    const block = await blockSize()
    expect(found.lowering.value).toBe(block ? `block ${block}` : 'none')
    expect(found.threads.value).toBe(availableParallelism())
    expect(found.gradus.value).toBe(VERSION)
    expect(found.node.value).toBe(process.versions.node)
    expect(found.onnxruntime.value).toMatch(/^\d+\.\d+\.\d+/)
    expect(found.update.value).toBe('WebAssembly SIMD')
    expect(found.freeMemory.value).toBeGreaterThan(0)
    expect(found.freeMemory.value).toBeLessThanOrEqual(found.memory.value)
  })

  it('prints a line for each fact', async () => {
    const lines = (await run()).trimEnd().split('\n')
    expect(lines).toHaveLength(keys.length)
    expect(lines[0]).toMatch(/^device {2,}cpu {2,}\S/)
    expect(printed).toMatch(/^free memory +[\d,]+ +MB/m)
  })
})
