import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { compileGraph, data, Graph, input, readSafetensors, tensor, trace, zoo } from '../../src/node.ts'
import { type Finished, gradus, jsonLinesOf, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const digits = await data.digits()
const options = ['train', 'digits', '--epochs', '2', '--threads', '1', '--json']
const bestOf = (run: string) => readSafetensors(join(folder, run, 'checkpoints/best.safetensors')).tensors

let first: Finished
beforeAll(async () => {
  first = await gradus(folder, ...options)
})

describe('gradus train digits --json', () => {
  it('prints events, the last one with the summary, and nothing else', () => {
    expect(first).toMatchObject({ code: 0, stderr: '' })
    const events = jsonLinesOf(first.stdout)
    expect(events[0]).toMatchObject({ type: 'start', model: { name: 'cnn' }, epochs: 2, seed: 0, threads: 1 })
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(80)
    expect(events.at(-1)).toMatchObject({
      testAccuracy: expect.any(Number),
      testLoss: expect.any(Number),
      epochs: 2,
      steps: 80,
      seconds: expect.any(Number),
      imagesPerSecond: expect.any(Number),
      parameters: 21_482,
      run: 'runs/digits-1',
    })
    expect(events.at(-1)!.testAccuracy).toBeGreaterThan(0.95)
  })

  it('leaves a run folder', () => {
    const files = ['curves.png', 'curves.svg', 'events.jsonl', 'model.onnx', 'recipe.json', 'summary.json']
    expect(readdirSync(join(folder, 'runs/digits-1')).sort()).toEqual(['checkpoints', ...files])
    const log = readFileSync(join(folder, 'runs/digits-1/events.jsonl'), 'utf8')
    expect(log).toBe(first.stdout)
  })

  it('gives the same bits for the same seed, and others for another', async () => {
    const again = await gradus(folder, ...options, '--out', 'again')
    const other = await gradus(folder, ...options, '--out', 'other', '--seed', '1')
    expect([again.code, other.code]).toEqual([0, 0])
    expect(bestOf('again')).toEqual(bestOf('runs/digits-1'))
    expect(bestOf('other').get('0.weight')).not.toEqual(bestOf('runs/digits-1').get('0.weight'))
  })

  it('stops after --max-steps, with a model', async () => {
    const { code, stdout } = await gradus(folder, ...options, '--max-steps', '7', '--out', 'short')
    expect(code).toBe(0)
    expect(jsonLinesOf(stdout).at(-1)).toMatchObject({ steps: 7, outcome: 'finished' })
    expect(existsSync(join(folder, 'short/model.onnx'))).toBe(true)
  })
})

describe('the exported model', () => {
  it('gives the logits of the best weights in plain ONNX Runtime, for raw pixels', async () => {
    const count = digits.test.count
    const raw = Float32Array.from(digits.test.inputs)
    const session = await InferenceSession.create(join(folder, 'runs/digits-1/model.onnx'))
    const { output } = await session.run({ input: new OrtTensor('float32', raw, [count, 1, 8, 8]) })
    const logits = output!.data as Float32Array
    const expected = await ownLogits(raw, count)
    logits.forEach((logit, i) => {
      expect(Math.abs(logit - expected[i]!)).toBeLessThan(1e-4)
    })
    const right = Array.from(digits.test.labels).filter((label, i) => {
      const scores = logits.subarray(i * 10, i * 10 + 10)
      return scores.indexOf(Math.max(...scores)) === label
    })
    expect(right.length / count).toBe(jsonLinesOf(first.stdout).at(-1)!.testAccuracy)
  })

  /** The same with our own pieces: weights from the checkpoint, preprocessing fitted anew, our runtime. */
  async function ownLogits(raw: Float32Array, count: number): Promise<Float32Array> {
    const { mean, std } = data.fitNormalizer(digits.train, data.splitValidation(digits.train).train)
    const x = input('x', [count, 1, 8, 8])
    const { output, tensors } = trace(zoo.buildModel('cnn', { inputShape: [1, 8, 8], classes: 10 }), x, {
      training: false,
    })
    const program = await compileGraph(new Graph([x, ...tensors.values()], { output }))
    const weights = Object.fromEntries(
      [...tensors.keys()].map((name) => [name, bestOf('runs/digits-1').get(name)!]),
    )
    const normalized = raw.map((value) => (value - mean[0]!) / std[0]!)
    const results = await program.call({ ...weights, x: tensor(normalized, x.shape) })
    return results.output!.data as Float32Array
  }
})

describe('gradus predict', () => {
  const images = [0, 1, 2, 3].map((i) => join(folder, `${i}.png`))
  const labels = [0, 1, 2, 3].map((i) => String(digits.test.labels[i]))

  beforeAll(async () => {
    for (const [i, path] of images.entries()) {
      const ink = Uint8Array.from(digits.test.inputs.subarray(i * 64, i * 64 + 64), (v) => (v * 255) / 16)
      await sharp(ink, { raw: { width: 8, height: 8, channels: 1 } })
        .png()
        .toFile(path)
    }
  })

  it('names the right classes', async () => {
    const { code, stdout, stderr } = await gradus(folder, 'predict', 'runs/digits-1', ...images)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map((line) => /\.png {3}(\d) [\d.]+%/.exec(line)?.[1])).toEqual(labels)
    expect(lines[0]!.match(/%/g)).toHaveLength(3)
  })

  it('prints all classes as JSON, from a model file', async () => {
    const { stdout } = await gradus(folder, 'predict', '--json', 'runs/digits-1/model.onnx', images[0]!)
    const [line] = jsonLinesOf(stdout) as { classes: { class: string; probability: number }[] }[]
    expect(line!.classes).toHaveLength(10)
    expect(line!.classes[0]!.class).toBe(labels[0])
    expect(line!.classes.reduce((sum, item) => sum + item.probability, 0)).toBeCloseTo(1, 6)
  })

  it('takes color images of another size, and says that it resized them', async () => {
    const large = join(folder, 'large.png')
    await sharp(images[0]).resize(32, 32, { kernel: 'nearest' }).toColourspace('srgb').png().toFile(large)
    const { code, stdout, stderr } = await gradus(folder, 'predict', 'runs/digits-1', large)
    expect(code).toBe(0)
    expect(stdout).toContain(`large.png   ${labels[0]} `)
    expect(stderr).toContain('large.png: resized from 32x32 to 8x8')
  })
})

describe('gradus info', () => {
  it('describes a run', async () => {
    const { stdout } = await gradus(folder, 'info', 'runs/digits-1')
    expect(stdout).toMatch(/^run +runs\/digits-1, finished$/m)
    expect(stdout).toMatch(/^model +cnn, 21,482 parameters$/m)
    expect(stdout).toMatch(/^progress +2\/2 epochs, 80\/80 steps$/m)
    const json = await gradus(folder, 'info', 'runs/digits-1', '--json')
    const { testAccuracy } = jsonLinesOf(first.stdout).at(-1)!
    expect(JSON.parse(json.stdout)).toMatchObject({ outcome: 'finished', test: { accuracy: testAccuracy } })
  })

  it('describes a model', async () => {
    const { stdout } = await gradus(folder, 'info', 'runs/digits-1/model.onnx')
    expect(stdout).toMatch(/^operators +.*2 Conv/m)
    expect(stdout).toMatch(/^gradus.data +digits$/m)
  })
})

describe('without --json', () => {
  it('shows the data, the model, each epoch, and where the results are', async () => {
    const { code, stdout } = await gradus(folder, 'train', 'digits', '--epochs', '1', '--out', 'shown')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^digits .*8x8x1, 10 classes +cnn +21,482 parameters, 316 k multiply-adds$/m)
    expect(stdout).toMatch(/^epoch 1\/1 .*40\/40 .*best, saved$/m)
    expect(stdout).toMatch(/^test accuracy \d\d\.\d\d% .*shown\/model\.onnx .*shown\/curves\.png$/m)
  })
})
