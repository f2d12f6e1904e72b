import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import type { TrainEvent } from '../../../src/train/events.ts'
import { crc32c, maskedCrc32c } from '../../../src/train/logs/crc32c.ts'
import { logSink } from '../../../src/train/logs/index.ts'
import { encodePng } from '../../../src/train/logs/png.ts'
import { tensorboardLog } from '../../../src/train/logs/tensorboard.ts'
import { resumedEvents, someEvents, writeEvaluation } from './events.ts'

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/tensorboard-log.${name}`, import.meta.url)))

type Scalars = Record<string, [wallTime: number, step: number, value: number][]>
interface Read {
  readonly scalars: Scalars
  readonly resumed: Scalars
  readonly histograms: Record<string, [number, number, Record<string, number | number[]>][]>
  readonly images: Record<string, [number, number, Record<string, number | string>][]>
}
/** What TensorBoard's own reader found in the fixture. */
const read = JSON.parse(fixture('json').toString()) as Read

const root = mkdtempSync(join(tmpdir(), 'gradus-tensorboard-'))
afterAll(() => rmSync(root, { recursive: true }))
const freshFolder = () => mkdtempSync(join(root, 'run-'))

async function write(folder: string, events: readonly TrainEvent[]): Promise<void> {
  const sink = tensorboardLog(folder)
  for (const event of events) await sink(event)
}

const filesOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.includes('tfevents'))
    .sort()

describe('the checksum', () => {
  // RFC 3720, appendix B.4.
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 bytes of ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['"123456789"', Buffer.from('123456789'), 0xe3069283],
  ])('of %s is that of RFC 3720', (_, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum)
  })

  it('is masked as in TFRecord files', () => {
    const bytes = fixture('tfevents')
    expect(bytes.readUInt32LE(8)).toBe(maskedCrc32c(bytes.subarray(0, 8)))
  })
})

describe('the event file', () => {
  it('is, byte for byte, the one that TensorBoard has read', async () => {
    const folder = freshFolder()
    writeEvaluation(folder)
    await write(folder, someEvents(folder))
    await write(folder, resumedEvents(folder))
    const [first, second] = filesOf(folder).map((name) => readFileSync(join(folder, name)))
    expect(first!.equals(fixture('tfevents'))).toBe(true)
    expect(second!.equals(fixture('resumed.tfevents'))).toBe(true)
  })

  it('had the scalars of every event for TensorBoard', () => {
    expect(read.scalars['loss/step']).toEqual([
      [1767323041.125, 1, Math.fround(2.3)],
      [1767323042.125, 2, Math.fround(1.15)],
    ])
    const last = Object.fromEntries(
      Object.entries(read.scalars).map(([tag, values]) => [tag, values.at(-1)![2]]),
    )
    expect(last).toMatchObject({
      'accuracy/step': Math.fround(0.2),
      rate: Math.fround(0.05),
      'loss/train': Math.fround(1.7),
      'accuracy/validation': 0.8125,
      'loss/test': Math.fround(1.1),
      'update ratio/conv.weight': Math.fround(0.00125),
      'dead units/act': 0.125,
      'gradient/cosine': 0.75,
    })
    expect(read.scalars).not.toHaveProperty('gradient/noise') // the event has none
  })

  it('had the histograms for TensorBoard', () => {
    const histogram = { min: 0, max: 2, num: 10, sum: 3, sum_squares: 2.5 }
    const bins = { bucket_limit: [0.5, 1, 1.5, 2], bucket: [6, 3, 0, 1] }
    expect(read.histograms).toEqual({ 'activations/act': [[1767323043.125, 2, { ...histogram, ...bins }]] })
  })

  it('had the pictures for TensorBoard', () => {
    expect(Object.keys(read.images)).toEqual(['filters/conv.weight', 'confusion'])
    const [filters, confusion] = Object.values(read.images).map((values) => values[0]![2])
    expect(filters).toMatchObject({ width: 30, height: 16, mode: 'RGB' })
    // From the upper left of the first filter, whose weights rise from 0 to 8: black, then a bit lighter.
    const pixel = (x: number, y: number) =>
      (filters!.pixels as string).slice(6 * (30 * y + x), 6 * (30 * y + x + 1))
    expect([pixel(0, 0), pixel(2, 2), pixel(6, 2), pixel(13, 13)]).toEqual([
      'ffffff',
      '000000',
      '202020',
      'ffffff',
    ])
    expect(confusion).toMatchObject({ width: 72, height: 72 })
  })

  it('lets TensorBoard forget what a resumed run does again', () => {
    expect(read.resumed['loss/step']!.map(([, step, value]) => [step, value])).toEqual([
      [1, Math.fround(2.3)],
      [2, 9],
    ])
  })

  it.each([
    ['NaN', Number.NaN, [0x00, 0x00, 0xc0, 0x7f]],
    ['more than float32 holds', 1e300, [0x00, 0x00, 0x80, 0x7f]],
  ])('keeps a loss that is %s', async (_, loss, float) => {
    const folder = freshFolder()
    const [start, step] = someEvents(folder)
    await write(folder, [start!, { ...(step as TrainEvent & { type: 'step' }), loss }])
    const bytes = readFileSync(join(folder, filesOf(folder)[0]!))
    expect(bytes.includes(Buffer.from([0x15, ...float]))).toBe(true) // field 2, a float
  })

  it('has no pictures where there is nothing to draw them from', async () => {
    const folder = freshFolder()
    await write(
      folder,
      someEvents(folder).map((event) => ({ ...event, filters: undefined })),
    )
    const bytes = readFileSync(join(folder, filesOf(folder)[0]!))
    expect(bytes.includes('filters/') || bytes.includes('confusion')).toBe(false)
  })

  it('says so if the evaluation cannot be read', async () => {
    const folder = freshFolder()
    writeFileSync(join(folder, 'evaluation.json'), '{"confusion": [[1')
    await expect(write(folder, someEvents(folder))).rejects.toThrow(/evaluation.json: expected JSON/)
  })

  it('is said to be unwritable with the path and the reason', () => {
    const [start] = someEvents(root)
    expect(() => tensorboardLog(join(root, 'nowhere'))(start!)).toThrow(
      /cannot make .*nowhere.*tfevents.*: no such file or folder/,
    )
  })
})

describe('the pictures', () => {
  it('are PNG files that others read', async () => {
    const pixels = Uint8Array.from({ length: 18 }, (_, i) => 14 * i)
    const png = sharp(encodePng({ width: 3, height: 2, pixels }))
    expect(await png.metadata()).toMatchObject({ width: 3, height: 2, format: 'png', channels: 3 })
    expect(new Uint8Array(await png.raw().toBuffer())).toEqual(pixels)
  })
})

it('an unknown log is named, with the nearest', () => {
  expect(() => logSink('tensorbord', root)).toThrow(
    'unknown log "tensorbord"; did you mean "tensorboard"?\n  known: tensorboard, csv',
  )
})
