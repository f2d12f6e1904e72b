import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { curveData } from '../../src/train/charts/curve-data.ts'
import { drawCurves, writeCurves } from '../../src/train/charts/curves.ts'
import { rasterize } from '../../src/train/charts/rasterize.ts'
import type { TrainEvent } from '../../src/train/events.ts'
import { createRunFolder } from '../../src/train/run/run-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'gradus-curves-'))
afterAll(() => rmSync(root, { recursive: true }))

const time = '2026-01-02T03:04:05.678Z'
interface Options {
  validation?: boolean
  accuracy?: boolean
  loss?: (step: number) => number
}

/** The events of a run whose validation is best in its last epoch but one (or in the only one). */
function eventsOf(epochs: number, batches: number, options: Options = {}): TrainEvent[] {
  const { validation = true, accuracy = true, loss = (step) => 2 / step } = options
  const scores = (epoch: number) => ({
    loss: Math.abs(epochs - 1 - epoch) + 0.5,
    ...(accuracy ? { accuracy: 0.9 } : {}),
  })
  const events: TrainEvent[] = [
    {
      type: 'start',
      time,
      step: 0,
      run: 'runs/digits-1',
      resumed: false,
      data: { name: 'digits', train: 1437, validation: 0, test: 360, inputShape: [1, 8, 8], classes: 10 },
      model: { name: 'cnn', parameters: 20042, multiplyAdds: 1_100_000 },
      epochs,
      batchSize: 64,
      stepsPerEpoch: batches,
      device: 'cpu',
      threads: 2,
      seed: 1,
    },
  ]
  let step = 0
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (let batch = 1; batch <= batches; batch++) {
      step++
      events.push({
        type: 'step',
        time,
        step,
        epoch,
        batch,
        batches,
        loss: loss(step),
        rate: 0.001 / step,
        metrics: accuracy ? { accuracy: 1 - 0.9 / step } : {},
        seconds: 0.01,
        samplesPerSecond: 6400,
      })
    }
    events.push({
      type: 'epoch',
      time,
      step,
      epoch,
      epochs,
      batches,
      train: { loss: 1 / epoch, ...(accuracy ? { accuracy: 0.8 } : {}) },
      ...(validation ? { validation: scores(epoch) } : {}),
      best: epoch <= Math.max(1, epochs - 1),
      rate: 0.001,
      seconds: 0.3,
      samplesPerSecond: 6400,
    })
  }
  return events
}

describe('curveData', () => {
  it('places steps and epochs on one axis, in epochs', () => {
    const data = curveData(eventsOf(3, 2))
    expect(data.loss.steps).toEqual([
      [0.5, 2],
      [1, 1],
      [1.5, 2 / 3],
      [2, 0.5],
      [2.5, 0.4],
      [3, 1 / 3],
    ])
    expect(data.loss.validation).toEqual([
      [1, 1.5],
      [2, 0.5],
      [3, 1.5],
    ])
    expect(data.accuracy.validation[0]).toEqual([1, 90])
    expect(data.rate[1]).toEqual([1, 0.0005])
    expect(data).toMatchObject({ title: 'runs/digits-1', epochs: 3, best: { epoch: 2, x: 2 } })
    expect(data.subtitle).toBe(
      'digits, 1,437 training samples  ·  cnn, 20,042 parameters  ·  batch 64  ·  seed 1',
    )
  })

  it('keeps the first value of a steep start, and averages further on', () => {
    const { steps, train } = curveData(eventsOf(1, 100)).loss
    expect(train[0]).toEqual(steps[0])
    const [x, y] = train[50]!
    expect(x).toBe(steps[50]![0])
    expect(y).toBeCloseTo(steps.slice(47, 54).reduce((total, point) => total + point[1], 0) / 7, 12)
  })

  it('draws no more points than can be seen, with the same mean', () => {
    const { steps } = curveData(eventsOf(200, 100, { loss: (step) => step })).loss
    expect(steps.length).toBe(500)
    expect(steps.reduce((total, [, y]) => total + y, 0) / 500).toBeCloseTo(10_000.5, 6)
  })

  it('leaves out what is no number', () => {
    const events = eventsOf(1, 3, { loss: (step) => (step === 2 ? Number.NaN : 1) })
    const read = events.map((event) => JSON.parse(JSON.stringify(event)) as TrainEvent)
    expect(curveData(read).loss.steps.map(([x]) => x)).toEqual([1 / 3, 1])
  })

  it('has no best epoch without validation, and no accuracy without classes', () => {
    const data = curveData(eventsOf(3, 2, { validation: false, accuracy: false }))
    expect(data.best).toBeUndefined()
    expect(data.accuracy).toEqual({ steps: [], train: [], validation: [] })
  })
})

describe('drawCurves', () => {
  const textsOf = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1])

  it('names panels, curves, their ends and the best epoch', async () => {
    const texts = textsOf(await drawCurves(eventsOf(15, 23)))
    for (const text of [
      'runs/digits-1',
      'Loss',
      'log scale',
      '— validation 1.50',
      'Accuracy',
      '— validation 90.0%',
      'best 0.500, epoch 14',
      'Learning rate',
      '— peak 1e-3',
    ])
      expect(texts).toContain(text)
  })

  it.each([
    ['one epoch', eventsOf(1, 2), ['Accuracy', 'best 1.50, epoch 1']],
    ['200 epochs', eventsOf(200, 2), ['200', 'best 0.500, epoch 199']],
    ['no validation', eventsOf(3, 2, { validation: false }), ['Accuracy']],
    ['no classes', eventsOf(3, 2, { accuracy: false }), ['best 0.500, epoch 2']],
    ['nothing yet', [], ['training', 'Loss']],
    ['only numbers that are none', eventsOf(1, 2, { loss: () => Number.NaN }), ['Loss']],
    ['a loss below zero', eventsOf(2, 2, { loss: (step) => -step }), ['Loss']],
  ])('draws a run of %s', async (_, events, expected) => {
    const svg = await drawCurves(events)
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    for (const text of expected) expect(textsOf(svg)).toContain(text)
  })
})

describe('writeCurves', () => {
  it('writes both pictures beside the events', async () => {
    const run = createRunFolder({ name: 'digits', root })
    for (const event of eventsOf(2, 5)) await run.events.sink(event)
    run.events.close()
    expect(await writeCurves(run)).toEqual([run.file('curves.svg'), run.file('curves.png')])
    expect(readFileSync(run.file('curves.svg'), 'utf8')).toMatch(/^<svg/)
    const { width, format } = await sharp(run.file('curves.png')).metadata()
    expect({ width, format }).toEqual({ width: 2240, format: 'png' })
  })
})

describe('rasterize', () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><rect width="80" height="20" fill="#fff"/>' +
    '<text y="16" font-family="Inter">Loss</text><text x="40" y="16" font-family="Inter" font-weight="600">Loss</text></svg>'
  const inkOf = async (png: Uint8Array, left: number) => {
    const half = await sharp(png).extract({ left, top: 0, width: 80, height: 40 }).toBuffer()
    return 255 - (await sharp(half).stats()).channels[0]!.mean
  }

  it('draws text in two weights', async () => {
    const png = await rasterize(svg)
    expect(await inkOf(png, 0)).toBeGreaterThan(5)
    expect(await inkOf(png, 80)).toBeGreaterThan(1.1 * (await inkOf(png, 0)))
  })

  it('draws the same text on a machine without fonts', async () => {
    const config = join(root, 'fonts.conf')
    writeFileSync(config, '<?xml version="1.0"?><fontconfig></fontconfig>')
    const program = fileURLToPath(new URL('./fixtures/rasterize-text.ts', import.meta.url))
    const png = execFileSync(process.execPath, ['--import', 'jiti/register', program, svg], {
      env: { ...process.env, FONTCONFIG_FILE: config },
    })
    expect(await sharp(png).raw().toBuffer()).toEqual(
      await sharp(await rasterize(svg))
        .raw()
        .toBuffer(),
    )
  })
})
