import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { formatEvaluation } from '../../src/cli/format-evaluation.ts'
import { constant } from '../../src/graph/index.ts'
import { data, Graph, input, ops, writeOnnx } from '../../src/node.ts'
import { calibrationOf, classScores, meanScores } from '../../src/train/index.ts'
import { failureOf, inProcess, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

const gradus = inProcess()

beforeAll(() => gradus('train', 'digits', '--max-steps', '30', '--json', '--out', at('run')))

describe('gradus evaluate', () => {
  it('says what a run is worth, as its summary does, and keeps it', async () => {
    const text = await gradus('evaluate', at('run'))
    const { testAccuracy } = JSON.parse(readFileSync(at('run/summary.json'), 'utf8'))
    expect(text).toContain(`accuracy     ${(testAccuracy * 100).toFixed(2)}%, 95% interval`)
    for (const part of ['digits       test, 360 samples', '\nclass ', '\nweighted mean', 'most surprising'])
      expect(text).toContain(part)
    expect(text).toContain(`written  ${at('run/evaluation.json')}  ${at('run/confusion.svg')}`)
    expect(readFileSync(at('run/confusion.svg'), 'utf8')).toContain('What is taken for what')
    expect((await sharp(at('run/confusion.png')).metadata()).format).toBe('png')
  })

  it('prints one JSON object, that of the file but for the time of day', async () => {
    const { files, ...found } = JSON.parse(await gradus('evaluate', at('run'), '--json', '--tta', 'flip'))
    const { time, ...held } = JSON.parse(readFileSync(at('run/evaluation.json'), 'utf8'))
    expect(held).toEqual(found)
    expect(new Date(time).getFullYear()).toBeGreaterThan(2000)
    expect(files).toHaveLength(3)
    expect(found).toMatchObject({
      split: 'test',
      samples: 360,
      tta: 'flip',
      views: 2,
      task: 'classification',
    })
    expect(found.worst).toHaveLength(20)
    expect(found.plain.accuracy).toBeGreaterThan(0.2)
  })

  it('goes by the samples of the run', async () => {
    const ofSplit = async (split: string) =>
      JSON.parse(await gradus('evaluate', at('run'), '--json', '--split', split)).samples
    expect([await ofSplit('validation'), await ofSplit('train')]).toEqual([144, 1293])
  })

  it('takes a model alone, and leaves no files', async () => {
    mkdirSync(at('alone'))
    cpSync(at('run/model.onnx'), at('alone/model.onnx'))
    const found = JSON.parse(await gradus('evaluate', at('alone/model.onnx'), '--json'))
    expect(found).toMatchObject({ data: 'digits', samples: 360, files: [] })
    expect(existsSync(at('alone/evaluation.json'))).toBe(false)
  })

  it('agrees with gradus predict', async () => {
    const { test } = await data.digits()
    const { worst } = JSON.parse(await gradus('evaluate', at('run'), '--json', '--tta', 'ten-crop'))
    const { sample, predicted, confidence } = worst[0]
    const pixels = Uint8Array.from(
      test.inputs.subarray(sample * 64, (sample + 1) * 64),
      (x) => x * (255 / 16),
    )
    await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } })
      .png()
      .toFile(at('worst.png'))
    const [line] = (await gradus('predict', at('run'), at('worst.png'), '--tta', 'ten-crop', '--json')).split(
      '\n',
    )
    const [first] = JSON.parse(line!).classes
    expect(first.class).toBe(predicted)
    // Pixels of 16 shades go through 256 of them.
    expect(first.probability).toBeCloseTo(confidence, 1)
  })

  it('evaluates a model on a folder of pictures, brought to its size', async () => {
    const names = Array.from({ length: 10 }, (_, digit) => String(digit))
    const bytes = (digit: number) => Buffer.alloc(12 * 12, digit * 20)
    for (const side of ['train', 'test'])
      for (const name of names) {
        mkdirSync(at(`pictures/${side}/${name}`), { recursive: true })
        const raw = { width: 12, height: 12, channels: 1 as const }
        await sharp(bytes(Number(name)), { raw })
          .png()
          .toFile(at(`pictures/${side}/${name}/a.png`))
      }
    const x = input('input', [1, 1, 8, 8])
    const scores = ops.sub(
      0,
      ops.abs(
        ops.sub(
          ops.mul(ops.mean(x, { axes: [2, 3] }), 1 / 20),
          constant(Float32Array.from(names, Number), 'float32', [1, 10]),
        ),
      ),
    )
    const metadata = { 'gradus.data': 'photos', 'gradus.classes': JSON.stringify(names) }
    const dynamicAxes = { input: { 0: 'N' }, output: { 0: 'N' } }
    const file = writeOnnx(new Graph([x], { output: scores }), { metadata, dynamicAxes })
    writeFileSync(at('brightness.onnx'), file)
    const found = await gradus('evaluate', at('brightness.onnx'), '--data', at('pictures'), '--json')
    expect(JSON.parse(found)).toMatchObject({ data: 'pictures', samples: 10, accuracy: 1 })
    expect(JSON.parse(found).worst[0].name).toMatch(/^test\/\d\/a\.png$/)
    expect(JSON.parse(found).drawn).toBeUndefined()
    const all = await gradus(
      'evaluate',
      at('brightness.onnx'),
      '--data',
      at('pictures'),
      '--split',
      'all',
      '--json',
    )
    expect(JSON.parse(all)).toMatchObject({ split: 'all', samples: 20, accuracy: 1 })
  })

  it('says which part of a folder it took, if nothing says which samples are to test on', async () => {
    for (const name of Array.from({ length: 10 }, (_, digit) => String(digit)))
      for (const side of ['train', 'test'])
        cpSync(at(`pictures/${side}/${name}/a.png`), at(`unsplit/${name}/${side}.png`))
    const args = ['evaluate', at('brightness.onnx'), '--data', at('unsplit')]
    expect(await gradus(...args)).toMatch(
      /20.0% of them were set apart at random \(seed 0\);\n +if all are new to the network: --split all\n/,
    )
    expect(JSON.parse(await gradus(...args, '--json'))).toMatchObject({ drawn: { share: 0.2, seed: 0 } })
    const all = JSON.parse(await gradus(...args, '--split', 'all', '--json'))
    expect(all).toMatchObject({ split: 'all', samples: 20, accuracy: 1 })
    expect(all).not.toHaveProperty('drawn')
    expect(await gradus(...args, '--split', 'all')).not.toContain('set apart')
  })
})

describe('what cannot be evaluated', () => {
  it.each([
    [['--split', 'tests'], 'error: unknown value of --split "tests"; did you mean "test"?\n'],
    [['--tta', 'tencrop'], 'error: unknown value of --tta "tencrop"; did you mean "ten-crop"?\n'],
  ])('%j', async (args, message) => {
    expect(await failureOf('evaluate', at('run'), ...args)).toContain(message)
  })

  it('is no model, or a run that is not finished', async () => {
    expect(await failureOf('evaluate', at('no'))).toContain(
      'expected an ONNX file or the folder of a run, found nothing',
    )
    cpSync(at('run'), at('begun'), { recursive: true })
    rmSync(at('begun/model.onnx'))
    const message = await failureOf('evaluate', at('begun'))
    expect(message).toContain('expected a folder with model.onnx, found a run that is not finished\n')
    expect(message).toContain(`go on with it: gradus train --resume ${at('begun')}`)
  })

  it('is a cross-validation, which has no model', async () => {
    await gradus('train', 'digits', '--folds', '2', '--max-steps', '2', '--json', '--out', at('folds'))
    for (const args of [['evaluate'], ['predict', 'three.png']]) {
      const [command, ...rest] = args as [string, ...string[]]
      const message = await failureOf(command, at('folds'), ...rest)
      expect(message).toContain('found a cross-validation, which keeps scores and no network')
      expect(message).toContain(`gradus info ${at('folds')}`)
      expect(message).not.toContain('--resume')
    }
    rmSync(at('folds/folds.json')) // as while it goes on
    expect(await failureOf('evaluate', at('folds'))).toContain('found a cross-validation')
  })

  it('is all of the data of a run', async () => {
    expect(await failureOf('evaluate', at('run'), '--split', 'all')).toMatch(
      /expected a part of the data of a run.*\n.*take test, validation or train/,
    )
  })

  it('is a model that does not say what it is for, or whose data are elsewhere', async () => {
    const x = input('input', [1, 1, 28, 28])
    const graph = new Graph([x], { output: ops.reshape(x, [1, 784]) })
    writeFileSync(at('silent.onnx'), writeOnnx(graph))
    expect(await failureOf('evaluate', at('silent.onnx'))).toContain(
      'expected a model of a data set that has a name, found a file that does not say so\n',
    )
    expect(await failureOf('evaluate', at('silent.onnx'))).toContain(
      `or a folder of pictures: gradus evaluate ${at('silent.onnx')} --data photos/`,
    )
    writeFileSync(at('mnist.onnx'), writeOnnx(graph, { metadata: { 'gradus.data': 'mnist' } }))
    expect(await failureOf('evaluate', at('mnist.onnx'))).toContain(
      `say where they are: gradus evaluate ${at('mnist.onnx')} --data DIR\n`,
    )
  })
})

describe('an evaluation in words', () => {
  const occasion = {
    data: 'things',
    split: 'test',
    samples: 40,
    tta: 'none',
    views: 1,
    seconds: 1.25,
  } as const
  const report = (classes: number) => {
    const names = Array.from({ length: classes }, (_, c) => `a thing of kind ${c}`)
    const confusion = names.map((_, row) => names.map((_, c) => (c === row ? 9 : c === 0 ? 1 : 0)))
    const scores = classScores(confusion)
    const [label, predicted] = [names[1]!, names[0]!]
    return formatEvaluation(
      {
        ...occasion,
        task: 'classification',
        loss: 0.5,
        accuracy: 0.9,
        interval: [0.8, 0.95],
        macro: meanScores(scores, 'macro'),
        weighted: meanScores(scores, 'weighted'),
        classes: scores.map((score, c) => ({ name: names[c]!, ...score })),
        calibration: calibrationOf([0.99, 0.99], [1, 0]),
        confusion,
        confused: [{ label, predicted, count: 1, share: 0.1 }],
        worst: [{ sample: 7, label, predicted, probability: 1e-9, confidence: 0.98, loss: 20 }],
      },
      [],
    )
  }

  it('shows the whole matrix where it is narrow enough', () => {
    const text = report(4)
    expect(text).toContain('rows: what it is; columns: what it is taken for')
    expect(text).toMatch(/a thing of kind 2 +1 +· +9 +·\n/)
    expect(text).toContain('off by 49.0 points: 99.0% sure, 90.0% right, too sure')
    expect(text).toContain('#7  a thing of kind 1  seen as a thing of kind 0  98.0%  a thing of kind 1 <0.1%')
  })

  it('shows what is worst where there are many classes', () => {
    const text = report(40)
    expect(text).toContain(
      'taken for another most often\na thing of kind 1  as a thing of kind 0  1 of 10  10.0%',
    )
    expect(text).toContain('the other 10 classes are told better')
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('tells errors of numbers', () => {
    const scores = { mse: 4, rmse: 2, mae: 1.23456, r2: 0.9 }
    const numbers = { ...occasion, task: 'regression', ...scores, views: 2, plain: { loss: 5 } } as const
    const worst = [{ sample: 3, expected: [1, 2], predicted: [4, 2.00001], loss: 4.5 }]
    const targets = [
      { name: 'height', ...scores },
      { name: 'width', mse: 4, rmse: 2, mae: 1 },
    ]
    const text = formatEvaluation({ ...numbers, targets, worst }, ['a.json'])
    for (const part of [
      'MAE     1.235',
      'MSE     4, 5 without the views',
      '#3  is 1, 2  seen as 4, 2',
      'written  a.json',
    ])
      expect(text).toContain(part)
    expect(text).toMatch(/width +2 +1 +– +4\n/)
  })
})
