import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCheckpoint } from '../../src/node.ts'
import { failureOf, gradus, main, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

describe('the whole program', () => {
  it('says what is wrong on standard error, without a stack, and exits with 1', async () => {
    const { code, stdout, stderr } = await gradus(folder, 'train', 'mnits')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'error: unknown data set "mnits"; did you mean "mnist"?\n' +
        '  known: digits, mnist, fashion-mnist, cifar10, cifar100\n' +
        '  there is no folder or file of this name either; a recipe file ends in .ts, such as recipe.ts\n',
    )
    expect(existsSync(at('runs'))).toBe(false)
  })

  it('shows the stack with --verbose', async () => {
    const { stderr } = await gradus(folder, 'train', 'mnits', '--verbose')
    expect(stderr).toMatch(/^error: unknown data set(.|\n)*\n {4}at /)
  })

  it('suggests the nearest command and option', async () => {
    expect((await gradus(folder, 'trian')).stderr).toBe(
      "error: unknown command 'trian'\n  did you mean train?\n",
    )
    const { code, stderr } = await gradus(folder, 'train', 'digits', '--epoch', '3')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "error: unknown option '--epoch'\n  did you mean --epochs?\n",
    })
  })

  it('prints its version and help', async () => {
    expect((await gradus(folder, '--version')).stdout).toBe('0.1.0\n')
    expect((await gradus(folder, 'train', '--help')).stdout).toContain('$ npx gradus train digits\n')
  })

  it('stops where the loss is not finite: names the step and the layer, and keeps the checkpoint', async () => {
    const { code, stderr } = await gradus(folder, 'train', 'digits', '--lr', '1e30', '--out', 'nan')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^error: the loss became NaN in step 2\n {2}first not finite: the output of conv2d "4"/,
    )
    for (const held of loadCheckpoint(at('nan/checkpoints/last.safetensors')).tensors.values()) {
      expect(Array.from(held.data as Float32Array).every(Number.isFinite)).toBe(true)
    }
  })
})

describe.skipIf(process.platform === 'win32')('a disk that is full', () => {
  it('stops the run, which says so', async () => {
    const limited = `ulimit -f 100 && exec "${process.execPath}" "${main}" train digits --epochs 1 --out full`
    const failure = await promisify(execFile)('bash', ['-c', limited], { cwd: folder }).catch(
      (error) => error,
    )
    expect(failure).toMatchObject({ code: 1 })
    expect(failure.stderr).toMatch(
      /^error: cannot write full\/checkpoints\/last\.safetensors: the file would be larger/,
    )
    expect(readdirSync(at('full/checkpoints'))).toEqual([])
  })
})

describe.skipIf(!existsSync('/dev/full'))('a standard output that takes nothing', () => {
  it('ends the run in one line', async () => {
    const command = `exec "${process.execPath}" "${main}" train digits --out unheard > /dev/full`
    const failure = await promisify(execFile)('bash', ['-c', command], { cwd: folder }).catch(
      (error) => error,
    )
    expect(failure).toMatchObject({ code: 1 })
    expect(failure.stderr).toMatch(/^error: cannot write to standard output: ENOSPC[^\n]*\n[^\n]*\n?$/)
  })
})

describe('a run that is not as it was', () => {
  const train = (...args: string[]) => gradus(folder, 'train', ...args)
  beforeAll(async () => {
    expect(await train('digits', '--max-steps', '50', '--out', 'run')).toMatchObject({ code: 0 })
  })

  it('and has nothing left to do says so', async () => {
    const { code, stdout } = await train('--resume', 'run', '--max-steps', '40')
    expect(code).toBe(0)
    expect(stdout).toContain(
      'note    nothing is left to train: 50 of at most 40 steps are done; allow more steps',
    )
    expect((await train('--resume', 'run', '--epochs', '1')).stdout).toContain('1 of 1 epochs are done')
  })

  it('counts whole epochs only', async () => {
    const { stdout } = await gradus(folder, 'info', 'run')
    expect(stdout).toMatch(/progress {2}1\/15 epochs, 50\/600 steps/)
  })

  it('is not started again if its checkpoints are gone', async () => {
    cpSync(at('run'), at('emptied'), { recursive: true })
    rmSync(at('emptied/checkpoints'), { recursive: true })
    const log = readFileSync(at('emptied/events.jsonl'), 'utf8')
    const { code, stderr } = await train('--resume', 'emptied')
    expect(code).toBe(1)
    expect(stderr).toContain('expected the checkpoints of a run that has done 50 steps, found none')
    expect(readFileSync(at('emptied/events.jsonl'), 'utf8')).toBe(log)
  })

  it('is left alone while another process trains in it', async () => {
    cpSync(at('run'), at('busy'), { recursive: true })
    writeFileSync(at('busy/lock'), `${process.pid}\n`)
    const { code, stderr } = await train('--resume', 'busy')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: busy: process \d+ is training in this folder\n/)
    writeFileSync(at('busy/lock'), '999999999\n')
    expect(await train('--resume', 'busy')).toMatchObject({ code: 0 })
    expect(existsSync(at('busy/lock'))).toBe(false)
  })

  it('cannot be trained as if it were a recipe', async () => {
    const { stderr } = await train('run')
    expect(stderr).toBe(
      'error: run: expected data or a recipe, found the folder of a run\n' +
        '  to go on with this run: gradus train --resume run\n',
    )
  })
})

describe('options', () => {
  it.each([
    [['--epochs', 'x'], '--epochs: expected a whole number of at least 1, got "x"'],
    [['--epochs', '0'], '--epochs: expected a whole number of at least 1, got "0"'],
    [['--batch-size', '1.5'], '--batch-size: expected a whole number of at least 1, got "1.5"'],
    [['--max-steps', '1e99'], '--max-steps: expected a whole number of at least 1, got "1e99"'],
    [['--seed', '-1'], '--seed: expected a whole number of at least 0, got "-1"'],
    [['--threads', ''], '--threads: expected a whole number of at least 1, got ""'],
    [['--lr', '0'], '--lr: expected a number above 0, got "0"'],
    [['--lr', 'Infinity'], '--lr: expected a number above 0, got "Infinity"'],
  ])('%j', async (args, message) => {
    expect(await failureOf('train', 'digits', ...args)).toBe(`error: ${message}\n`)
  })
})

describe('data', () => {
  const train = (dir: string) => failureOf('train', 'mnist', '--data', at(dir), '--out', at('out'))
  const files = [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    't10k-images-idx3-ubyte',
    't10k-labels-idx1-ubyte',
  ]
  const header = (magic: number, ...sizes: number[]) => {
    const bytes = Buffer.alloc(4 * (1 + sizes.length))
    for (const [i, word] of [magic, ...sizes].entries()) bytes.writeUInt32BE(word, 4 * i)
    return bytes
  }
  const images = Buffer.concat([header(0x803, 20, 28, 28), Buffer.alloc(20 * 784)])
  const labels = Buffer.concat([header(0x801, 20), Uint8Array.from({ length: 20 }, (_, i) => i % 10)])

  function write(dir: string, changed: Record<string, Uint8Array>): string {
    mkdirSync(at(dir), { recursive: true })
    for (const name of files)
      writeFileSync(join(at(dir), name), changed[name] ?? (name.includes('images') ? images : labels))
    return dir
  }

  it('that are not named', async () => {
    const message = await failureOf('train', 'mnist')
    expect(message).toContain('error: mnist: expected its files in "/nowhere/mnist", found none')
    expect(message).toContain('say where they are: --data DIR')
  })

  it('that are missing', async () => {
    expect(await train('nowhere')).toContain(
      `expected a directory with the data at "${at('nowhere')}", found nothing`,
    )
    mkdirSync(at('empty'))
    expect(await train('empty')).toContain(`mnist: no file "${files[0]}" in "${at('empty')}"`)
  })

  it('that are truncated', async () => {
    const dir = write('truncated', { [files[0]!]: images.subarray(0, 5000) })
    expect(await train(dir)).toContain(`${files[0]} is truncated: expected 15,696 bytes`)
  })

  it('with a wrong magic number', async () => {
    const dir = write('swapped', { [files[0]!]: labels })
    expect(await train(dir)).toContain('with magic number 0x00000803, found 0x00000801\n')
  })

  it('with a label that is out of range', async () => {
    const wrong = Buffer.concat([header(0x801, 20), Buffer.alloc(20, 10)])
    expect(await train(write('label', { [files[1]!]: wrong }))).toContain(
      'expected labels 0 .. 9, got 10 in record 0',
    )
  })

  it('leave no run behind', async () => {
    await train('nowhere')
    expect(existsSync(at('out'))).toBe(false)
  })
})

describe('models', () => {
  it('that do not exist', async () => {
    const message = await failureOf('train', 'digits', '--model', 'lenett', '--out', at('out'))
    expect(message).toContain('error: unknown model "lenett"; did you mean "lenet"?\n')
  })

  it('that do not fit the data', async () => {
    const message = await failureOf('train', 'digits', '--model', 'lenet', '--out', at('out'))
    expect(message).toContain('error: lenet: expected images of at least 12x12, got 8x8\n')
  })
})

describe('files to look at', () => {
  it.each([
    [['predict', '.', 'x.png'], 'error: .: expected a folder with model.onnx, found one without it\n'],
    [
      ['predict', 'no.onnx', 'x.png'],
      'error: no.onnx: expected an ONNX file or the folder of a run, found nothing\n',
    ],
    [['predict', 'package.json', 'x.png'], 'error: package.json: cannot read'],
    [['info', 'package.json'], 'error: package.json: cannot read'],
    [['info', 'src'], 'error: src: expected the folder of a run'],
  ])('%j', async (args, message) => {
    expect(await failureOf(...args)).toContain(message)
  })
})
