import { spawn } from 'node:child_process'
import fs, {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodeSafetensors, GradusError, Random, tensor } from '../../src/core/index.ts'
import { atomicWrite } from '../../src/train/run/atomic-write.ts'
import {
  type Checkpoint,
  checkpointNames,
  expectSameModel,
  fingerprint,
  loadCheckpoint,
  loadLatest,
  saveCheckpoint,
} from '../../src/train/run/checkpoint.ts'

let folder: string
let last: string
let best: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradus-checkpoint-'))
  last = join(folder, checkpointNames.last)
  best = join(folder, checkpointNames.best)
})
afterEach(() => {
  vi.restoreAllMocks()
  syncBuiltinESMExports()
  rmSync(folder, { recursive: true })
})

const at = (step: number): Checkpoint => ({
  tensors: new Map([
    ['0', tensor([step, 0.1, -2], [3])],
    ['fc.bias', tensor([step], [1])],
    ['count', tensor([BigInt(step)], [], 'int64')],
  ]),
  state: { step, epoch: 2, loader: { position: [1, 2] }, recipe: 'digits' },
})

/** Replaces a function of node:fs for everyone until the test is over. */
function replace<K extends 'writeSync' | 'openSync' | 'renameSync'>(
  name: K,
  make: (real: (typeof fs)[K]) => unknown,
) {
  const real = fs[name]
  vi.spyOn(fs, name).mockImplementation(make(real) as never)
  syncBuiltinESMExports()
}

const failure = (code: string) => Object.assign(new Error(`${code}: simulated`), { code })

describe('saveCheckpoint and loadCheckpoint', () => {
  it('keep tensors and state', () => {
    saveCheckpoint(last, at(7))
    const found = loadCheckpoint(last)
    expect(found.state).toEqual(at(7).state)
    expect(new Map(found.tensors)).toEqual(at(7).tensors)
    expect(readdirSync(folder)).toEqual(['last.safetensors'])
  })

  it('make the folder, and replace the previous checkpoint', () => {
    const path = join(folder, 'deep', 'checkpoints', 'last.safetensors')
    saveCheckpoint(path, at(1))
    saveCheckpoint(path, at(2))
    expect(loadCheckpoint(path).state.step).toBe(2)
  })

  it('refuse a number that JSON would lose, before anything is written', () => {
    saveCheckpoint(last, at(1))
    const broken = { ...at(2), state: { best: { loss: Number.POSITIVE_INFINITY } } }
    expect(() => saveCheckpoint(last, broken)).toThrow(/"loss" is Infinity, which JSON cannot hold/)
    expect(loadCheckpoint(last).state.step).toBe(1)
  })

  it('notice a flipped bit in the data', () => {
    saveCheckpoint(last, at(1))
    const bytes = readFileSync(last)
    bytes[bytes.length - 1]! ^= 4
    writeFileSync(last, bytes)
    expect(() => loadCheckpoint(last)).toThrow(/expected checksum .* the file is damaged/s)
  })

  it('tell a file of weights and a newer format from a checkpoint', () => {
    const write = (metadata: [string, string][]) =>
      writeFileSync(
        last,
        Buffer.concat(encodeSafetensors({ tensors: new Map(), metadata: new Map(metadata) })),
      )
    write([])
    expect(() => loadCheckpoint(last)).toThrow(/without a training state/)
    write([
      ['format', 'gradus checkpoint 2'],
      ['state', '{}'],
    ])
    expect(() => loadCheckpoint(last)).toThrow(/expected a checkpoint of format 1, found format 2/)
  })
})

describe('a checkpoint that cannot be written', () => {
  it.skipIf(!existsSync('/dev/full'))(
    'for a full disk: says so, removes the rest, keeps the previous one',
    () => {
      saveCheckpoint(last, at(1))
      let calls = 0
      const full = fs.openSync('/dev/full', 'w') // its writes fail as those to a full disk
      replace('writeSync', (real) => (file: number, chunk: Uint8Array, offset: number) => {
        calls++
        return calls === 1 ? real(file, chunk, offset, 10) : real(full, chunk, offset)
      })
      expect(() => saveCheckpoint(last, at(2))).toThrow(
        new GradusError(`cannot write ${last}: the disk is full`, [
          'what was there before is unchanged',
          'free some space, or use a folder on another disk',
        ]),
      )
      fs.closeSync(full)
      expect(calls).toBe(2)
      expect(readdirSync(folder)).toEqual(['last.safetensors'])
      expect(loadCheckpoint(last).state.step).toBe(1)
    },
  )

  it.each([
    ['EACCES', 'openSync', 'permission denied'],
    ['EROFS', 'openSync', 'the file system is read-only'],
    ['EDQUOT', 'writeSync', 'your disk quota is used up'],
    ['EPERM', 'renameSync', 'permission denied'],
  ] as const)('for %s of %s: the same', (code, call, reason) => {
    saveCheckpoint(last, at(1))
    replace(call, () => () => {
      throw failure(code)
    })
    expect(() => saveCheckpoint(last, at(2))).toThrow(`cannot write ${last}: ${reason}`)
    vi.restoreAllMocks()
    syncBuiltinESMExports()
    expect(readdirSync(folder)).toEqual(['last.safetensors'])
    expect(loadCheckpoint(last).state.step).toBe(1)
  })

  it('below a file: says so', () => {
    saveCheckpoint(last, at(1))
    const path = join(last, 'last.safetensors')
    expect(() => saveCheckpoint(path, at(1))).toThrow(
      new GradusError(`cannot write ${path}: a part of the path is a file, not a folder`),
    )
  })

  it('whole in one call: is written in several', () => {
    replace(
      'writeSync',
      (real) => (file: number, chunk: Uint8Array, offset: number) =>
        real(file, chunk, offset, 3 < chunk.length - offset ? 3 : undefined),
    )
    saveCheckpoint(last, at(1))
    expect(new Map(loadCheckpoint(last).tensors)).toEqual(at(1).tensors)
  })
})

describe('temporary files', () => {
  it('of killed writers are removed at the next save, others are kept', () => {
    const dead = 4_194_305 // beyond the largest process id
    const names = [`best.safetensors.tmp-${dead}`, `last.safetensors.tmp-${process.pid}`]
    const kept = [`last.safetensors.tmp-${process.ppid}`, `notes.tmp-${dead}`, 'last.safetensors.tmp-x']
    for (const name of [...names, ...kept]) writeFileSync(join(folder, name), 'half')
    saveCheckpoint(last, at(1))
    expect(readdirSync(folder).sort()).toEqual(['last.safetensors', ...kept].sort())
  })
})

describe('atomicWrite', () => {
  it('writes text', () => {
    atomicWrite(join(folder, 'summary.json'), '{"naïve": 1}')
    expect(readFileSync(join(folder, 'summary.json'), 'utf8')).toBe('{"naïve": 1}')
  })
})

describe('loadLatest', () => {
  it('takes last', () => {
    saveCheckpoint(best, at(3))
    saveCheckpoint(last, at(5))
    expect(loadLatest(folder)).toMatchObject({ path: last, notice: undefined, state: { step: 5 } })
  })

  it('takes best if last is missing or damaged, and says why', () => {
    saveCheckpoint(best, at(3))
    expect(loadLatest(folder)).toMatchObject({
      path: best,
      notice: `${last} is missing; going on from ${best}`,
      state: { step: 3 },
    })
    saveCheckpoint(last, at(5))
    truncateSync(last, 100)
    const { state, notice } = loadLatest(folder)
    expect(state.step).toBe(3)
    expect(notice).toMatch(
      /last\.safetensors: expected a header of \d+ bytes, found 100 bytes in all; going on/,
    )
  })

  it('gives both reasons if neither loads', () => {
    writeFileSync(best, 'no')
    expect(() => loadLatest(folder)).toThrow(
      new GradusError(`no checkpoint in ${folder} can be loaded`, [
        `${last} is missing`,
        `${best}: expected a safetensors file of at least 8 bytes, found 2 bytes`,
        'start a new run',
      ]),
    )
  })
})

describe('expectSameModel', () => {
  const model = fingerprint(at(1).tensors)

  it('accepts the same names and shapes in any order', () => {
    expect(() => expectSameModel(model, fingerprint([...at(2).tensors].reverse()))).not.toThrow()
  })

  it('names what is missing, extra, or of another shape', () => {
    const other = { '0': [3], 'fc.bias': [2], constructor: [4] }
    expect(() => expectSameModel({ ...model, toString: [1] }, other, 'last.safetensors')).toThrow(
      new GradusError('last.safetensors: expected the parameters of this model, found those of another', [
        '"fc.bias": expected [1], found [2]',
        '"count" [] is missing in it',
        '"toString" [1] is missing in it',
        '"constructor" [4] is not in this model',
        'resume with the recipe that the run was started with, or start a new run',
      ]),
    )
  })

  it('counts the differences beyond the first five', () => {
    const other = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`layer${i}.weight`, [i]]))
    expect(() => expectSameModel({}, other)).toThrow(/"layer4\.weight".*\n {2}and 4 more\n/)
  })
})

describe('a writer that is killed', () => {
  const program = fileURLToPath(new URL('./fixtures/save-forever.ts', import.meta.url))

  /** Runs the writer until it has written twice, kills it a little later, and returns the last step it reported. */
  async function writeAndKill(first: number, delay: number): Promise<number> {
    const child = spawn(process.execPath, ['--import', 'jiti/register', program, folder, String(first)])
    let output = ''
    let errors = ''
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    const written = new Promise<void>((done) => {
      child.stdout.on('data', (chunk) => {
        output += chunk
        if (output.split('\n').length > 2) done()
      })
    })
    const closed = new Promise<[number | null, string | null]>((done) => {
      child.on('close', (...how) => done(how))
    })
    await Promise.race([written, closed])
    await sleep(delay)
    child.kill('SIGKILL')
    const [code, signal] = await closed
    expect({ code, signal, errors }).toEqual({ code: null, signal: 'SIGKILL', errors: '' })
    return Number(output.trim().split('\n').at(-1))
  }

  it('at any moment leaves checkpoints that load whole', async () => {
    const random = new Random('kill')
    let step = 0
    let interrupted = 0
    for (let round = 0; round < 12; round++) {
      const reported = await writeAndKill(step, random.uniform(0, 40))
      interrupted += readdirSync(folder).filter((name) => name.includes('.tmp-')).length
      const found = loadLatest(folder)
      expect(found.notice).toBeUndefined()
      for (const path of [last, best].filter(existsSync)) {
        const { state, tensors } = loadCheckpoint(path)
        expect(tensors.get('weight')!.data.every((value) => value === state.step)).toBe(true)
        step = Math.max(step, Number(state.step))
      }
      expect(step).toBeGreaterThanOrEqual(reported)
      step++
    }
    expect(interrupted).toBeGreaterThan(0) // at least one kill hit the middle of a write
  })
})
