import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EndEvent, EpochEvent, StartEvent, StepEvent, TrainEvent } from '../../src/train/events.ts'
import { jsonLines, type TextStream, terminalProgress } from '../../src/train/run/progress.ts'
import {
  formatBar,
  formatEnd,
  formatEpoch,
  formatFinding,
  formatLoss,
  formatSeconds,
  formatStart,
  formatStep,
  plain,
} from '../../src/train/run/progress-format.ts'

const time = '2026-01-02T03:04:05.678Z'
const start: StartEvent = {
  type: 'start',
  time,
  step: 0,
  run: 'runs/digits-1',
  resumed: false,
  data: { name: 'digits', train: 1437, validation: 0, test: 360, inputShape: [1, 8, 8], classes: 10 },
  model: { name: 'cnn', parameters: 20042, multiplyAdds: 1_100_000 },
  epochs: 15,
  batchSize: 64,
  stepsPerEpoch: 23,
  device: 'cpu',
  threads: 2,
  seed: 1,
}
const step = (batch: number, loss = 0.5): StepEvent => ({
  type: 'step',
  time,
  step: batch,
  epoch: 1,
  batch,
  batches: 23,
  loss,
  rate: 0.001,
  metrics: { accuracy: 0.75 },
  seconds: 0.02,
  samplesPerSecond: 3200,
})
const epoch: EpochEvent = {
  type: 'epoch',
  time,
  step: 23,
  epoch: 1,
  epochs: 15,
  batches: 23,
  train: { loss: 0.8712, accuracy: 0.7 },
  validation: { loss: 0.4209, accuracy: 0.889 },
  best: false,
  rate: 0.001,
  seconds: 1.02,
  samplesPerSecond: 1437,
}
const saved: TrainEvent = {
  type: 'checkpoint',
  time,
  step: 23,
  epoch: 1,
  kind: 'best',
  path: 'best.safetensors',
}
const end: EndEvent = {
  type: 'end',
  time,
  step: 345,
  run: 'runs/digits-1',
  outcome: 'finished',
  testAccuracy: 0.98611,
  testLoss: 0.06,
  epochs: 15,
  steps: 345,
  seconds: 4,
  imagesPerSecond: 3200,
  parameters: 20042,
  files: ['runs/digits-1/model.onnx', 'runs/digits-1/curves.png'],
}

describe('formatEpoch', () => {
  it('is the line of the design', () => {
    expect(formatEpoch(epoch)).toBe(
      'epoch  1/15  ████████████████████ 23/23  1.02 s  loss 0.871   val 0.421   acc 88.9%',
    )
    expect(formatEpoch({ ...epoch, epoch: 15, best: true })).toMatch(/^epoch 15\/15 .* acc 88\.9% {3}best$/)
  })

  it('shows training accuracy without validation, and none without classes', () => {
    expect(formatEpoch({ ...epoch, validation: undefined, best: true })).toMatch(
      / s {2}loss 0\.871 {3}acc 70\.0%$/,
    )
    expect(formatEpoch({ ...epoch, train: { loss: 2 }, validation: { loss: 3 } })).toMatch(
      /loss 2\.000 {3}val 3\.000$/,
    )
  })

  it.each([
    [200, 'epoch  1/15  ████████████████████ 23/23  1.02 s  loss 0.871   val 0.421   acc 88.9%'],
    [85, 'epoch  1/15  ████████████ 23/23  1.02 s  loss 0.871   val 0.421   acc 88.9%'],
    [80, 'epoch  1/15  ██████ 23/23  1.02 s  loss 0.871   val 0.421   acc 88.9%'],
    [72, 'epoch  1/15  ██████ 1.02 s  loss 0.871   val 0.421   acc 88.9%'],
    [66, 'epoch  1/15  1.02 s  loss 0.871   val 0.421   acc 88.9%'],
    [58, 'epoch  1/15  loss 0.871   val 0.421   acc 88.9%'],
    [10, 'epoch  1/15  loss 0.871   val 0.421   acc 88.9%'],
  ])('in %i columns leaves out what matters least', (columns, line) => {
    expect(formatEpoch(epoch, { ...plain, columns })).toBe(line)
  })

  it.each([60, 80, 100])('has bars of the same length in %i columns, the best or not', (columns) => {
    const bar = (best: boolean) => formatEpoch({ ...epoch, best }, { ...plain, columns }).split('█').length
    expect(bar(true)).toBe(bar(false))
  })

  it('shows how far an epoch is that was not done to its end', () => {
    expect(formatEpoch({ ...epoch, batches: 40, batch: 10 })).toMatch(/^epoch {2}1\/15 {2}█{5}░{15} 10\/40 /)
  })
})

describe('formatStep', () => {
  const running = {
    epochs: 15,
    loss: 0.431,
    accuracy: 0.912,
    samplesPerSecond: 3120.4,
    secondsLeft: 75,
    unit: 'images',
  }
  it('shows how far and how fast', () => {
    expect(formatStep(step(9), running)).toBe(
      'epoch  1/15  ███████▉░░░░░░░░░░░░  9/23  3,120 images/s  1 m 15 s left  loss 0.431   acc 91.2%  rate 1.0e-3',
    )
  })

  it.each([120, 100, 80, 60, 50])('never fills %i columns', (columns) => {
    expect(formatStep(step(9), running, { ...plain, columns }).length).toBeLessThan(columns)
  })
})

it('a path with spaces goes on in quotes', () => {
  const stopped = { ...end, outcome: 'interrupted' as const }
  expect(formatEnd(stopped)).toContain('--resume runs/digits-1')
  expect(formatEnd({ ...stopped, run: 'my runs/größe' })).toContain('--resume "my runs/größe"')
})

describe('formatStart', () => {
  it('describes data, model and run', () => {
    expect(formatStart(start)).toBe(
      'digits  1,437 train / 360 test, 8x8x1, 10 classes        cnn  20,042 parameters, 1.1 M multiply-adds\n' +
        'runs/digits-1  cpu, 2 threads, batch 64, seed 1',
    )
  })

  it('says how samples are augmented', () => {
    const recipe = { augment: ['randomFlip', 'translate'] } as unknown as NonNullable<typeof start.recipe>
    expect(formatStart({ ...start, recipe })).toMatch(/seed 1, augmented \(randomFlip, translate\)$/)
  })

  it('takes two lines where one is too narrow, and says where a run goes on', () => {
    const data = { name: 'sines', train: 9, validation: 3, test: 0, inputShape: [4] }
    expect(
      formatStart({ ...start, data, threads: 1, resumed: true, step: 120 }, { ...plain, columns: 80 }),
    ).toBe(
      'sines  9 train / 3 validation, 4\ncnn  20,042 parameters, 1.1 M multiply-adds\n' +
        'runs/digits-1  cpu, 1 thread, batch 64, seed 1, going on after step 120',
    )
  })
})

describe('formatEnd', () => {
  it('gives the result and the files', () => {
    expect(formatEnd(end)).toBe('test accuracy 98.61%   runs/digits-1/model.onnx   runs/digits-1/curves.png')
    expect(formatEnd(end, { ...plain, columns: 60 })).toBe(
      'test accuracy 98.61%\n  runs/digits-1/model.onnx\n  runs/digits-1/curves.png',
    )
    expect(formatEnd({ ...end, testAccuracy: undefined, files: [] })).toBe('test loss 0.060')
    expect(formatEnd({ ...end, testAccuracy: undefined, testLoss: undefined, files: [] })).toBe(
      'finished after 15 epochs',
    )
  })

  it('says how to go on, and leaves failures to the error', () => {
    expect(formatEnd({ ...end, outcome: 'interrupted', steps: 120 })).toBe(
      'stopped after step 120   go on: npx gradus train --resume runs/digits-1',
    )
    expect(formatEnd({ ...end, outcome: 'failed' })).toBe('')
  })
})

describe('small formats', () => {
  it.each([
    [0, '░░░░░░░░░░░░░░░░░░░░'],
    [0.5, '██████████░░░░░░░░░░'],
    [0.5125, '██████████▎░░░░░░░░░'],
    [1, '████████████████████'],
    [2, '████████████████████'],
  ])('bar %d', (fraction, bar) => expect(formatBar(fraction)).toBe(bar))

  it.each([
    [0.314, '0.31 s'],
    [9.999, '10.0 s'],
    [59.97, '1 m 00 s'],
    [125, '2 m 05 s'],
    [3599.7, '1 h 00 m'],
    [7500, '2 h 05 m'],
  ])('%d seconds', (seconds, text) => expect(formatSeconds(seconds)).toBe(text))

  it.each([
    [2.3456, '2.346'],
    [0.00421, '0.0042'],
    [0.000042, '4.2e-5'],
    [-1.5, '-1.500'],
    [31_000, '3.1e+4'],
    [0, '0'],
    [Number.NaN, 'NaN'],
  ])('loss %d', (loss, text) => expect(formatLoss(loss)).toBe(text))

  it('finding', () => {
    const finding = {
      type: 'finding',
      time,
      step: 0,
      check: 'initial loss',
      evidence: { loss: 2.31 },
    } as const
    expect(formatFinding({ ...finding, severity: 'fine', title: 'initial loss 2.31' })).toBe(
      'fine    initial loss 2.31',
    )
    expect(
      formatFinding({
        ...finding,
        severity: 'problem',
        title: 'loss 90',
        suggestions: [{ title: 'scale the inputs' }],
      }),
    ).toBe('problem loss 90\n  try: scale the inputs')
  })
})

describe('terminalProgress', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** Shows `events`, 60 ms apart, and returns all that was written. */
  function show(events: readonly TrainEvent[], terminal: Omit<TextStream, 'write'> = {}): string {
    const written: string[] = []
    const sink = terminalProgress({ ...terminal, write: (text) => written.push(text) })
    for (const event of events) {
      sink(event)
      vi.advanceTimersByTime(60)
    }
    return written.join('')
  }
  const run = [start, step(1), step(2), step(3, 1.1), { ...epoch, best: true }, saved, end]
  const line = 'epoch  1/15  ████████████████████ 23/23  1.02 s  loss 0.871   val 0.421   acc 88.9%   best'

  it('prints one line per epoch to a file', () => {
    expect(show(run)).toBe(`${formatStart(start)}\n${line}, saved\n${formatEnd(end)}\n`)
  })

  it('writes whole lines to a file, as soon as they are: what others write there does not end up within', () => {
    const written: string[] = []
    const sink = terminalProgress({ write: (text) => written.push(text) })
    const last: TrainEvent = { ...saved, kind: 'last' }
    const after = [start, epoch, saved, last, epoch, step(1), epoch].map((event) => {
      sink(event)
      return written.length
    })
    expect(after).toEqual([1, 1, 1, 2, 2, 3, 3])
    expect(written.every((line) => line.endsWith('\n'))).toBe(true)
    expect(written[1]).toMatch(/acc 88\.9%, saved\n$/)
    // The last event of a run without a folder.
    sink({
      type: 'evaluation',
      time,
      step: 23,
      split: 'test',
      epoch: 1,
      scores: { loss: 1 },
      samples: 9,
      seconds: 1,
    })
    expect(written).toHaveLength(4)
  })

  it('draws the epoch on a terminal, at most every 100 ms, and erases it', () => {
    const text = show(run, { isTTY: true, columns: 200 })
    const drawings = text.split('\r').slice(1)
    expect(drawings.map((part) => /(\d+)\/23.*(loss \S+)/.exec(part)?.slice(1))).toEqual([
      ['1', 'loss 0.500'],
      ['3', 'loss 0.700'],
      ['23', 'loss 0.871'],
    ])
    expect(drawings[1]).toContain('3,200 images/s  6.84 s left')
    expect(drawings[2]).toBe(`\x1b[K${line}, saved\n${formatEnd(end)}\n`)
  })

  it('goes on in a new line after an epoch', () => {
    const text = show([start, epoch, step(1), { type: 'notice', time, step: 1, message: 'hot' }], {
      isTTY: true,
    })
    expect(text).toMatch(/acc 88\.9%\n\repoch /)
    expect(text.endsWith('\x1b[K\r\x1b[Knote    hot\n')).toBe(true)
  })

  it('has colors where the terminal has them', () => {
    const terminal = { isTTY: true, columns: 200 }
    const colored = show(run, { ...terminal, hasColors: () => true })
    const bare = show(run, { ...terminal, hasColors: () => false })
    expect(colored).toContain('\x1b[1mepoch  1/15\x1b[22m')
    expect(bare).not.toContain('\x1b[1m')
    expect(stripVTControlCharacters(colored)).toBe(stripVTControlCharacters(bare))
  })

  it('lengthens no line beyond the terminal', () => {
    const text = show([start, { ...epoch, best: true }, saved], { isTTY: true, columns: 94 })
    expect(text).not.toContain('saved')
  })
})

describe('jsonLines', () => {
  it('prints every event as a line', () => {
    const written: string[] = []
    const sink = jsonLines({ write: (text) => written.push(text) })
    for (const event of [start, step(1), epoch, end]) sink(event)
    expect(written.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
    expect(written.map((line) => JSON.parse(line))).toEqual([start, step(1), epoch, end])
    expect(JSON.parse(written.at(-1)!)).toMatchObject({ testAccuracy: 0.98611, run: 'runs/digits-1' })
  })
})
