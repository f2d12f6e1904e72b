import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeSafetensors, tensor } from '../../src/core/index.ts'
import { readSafetensors } from '../../src/train/run/safetensors.ts'

const folder = mkdtempSync(join(tmpdir(), 'gradus-safetensors-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('readSafetensors', () => {
  it('reads from disk', () => {
    const path = join(folder, 'weights.safetensors')
    const tensors = new Map([['weight', tensor([1, 2])]])
    writeFileSync(path, Buffer.concat(encodeSafetensors({ tensors, metadata: new Map() })))
    expect(readSafetensors(path).tensors).toEqual(tensors)
  })

  it('names files that are missing', () => {
    const path = join(folder, 'missing.safetensors')
    expect(() => readSafetensors(path)).toThrow(`cannot read ${path}: no such file or folder`)
    expect(() => readSafetensors(folder)).toThrow(`cannot read ${folder}: expected a file, found a folder`)
  })
})
