import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
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
        '  known: digits, mnist, fashion-mnist, cifar10\n' +
        '  a recipe file ends in .ts, such as recipe.ts\n',
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
    expect(message).toContain('error: mnist: expected the folder with its files, got none\n')
    expect(message).toContain('gradus train mnist --data DIR')
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
