import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { Random } from '../src/core/index.ts'
import { interleave } from './interleave.ts'
import { median, medianRatio, rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { ownWorker, pythonPeer, startWorker, type Timing, type Worker } from './worker.ts'

/** Work with images: decoding files, augmenting, and both with batches as training gets them. */
export interface DataCase {
  readonly name: string
  readonly kind: 'decode' | 'augment' | 'loader'
  /** Side of the images. */
  readonly side: number
  readonly batch: number
  /** Images in a unit of work. */
  readonly images: number
}

export const dataCases: readonly DataCase[] = [
  { name: 'decode JPEG 500x375 to 224', kind: 'decode', side: 224, batch: 32, images: 256 },
  { name: 'standard at 32', kind: 'augment', side: 32, batch: 128, images: 1024 },
  { name: 'standard at 224', kind: 'augment', side: 224, batch: 32, images: 128 },
  { name: 'loader for resnet18 at 32', kind: 'loader', side: 32, batch: 128, images: 5120 },
]

/** What a worker of this benchmark is told. */
export interface DataTask extends DataCase {
  /** JPEG files, for decoding. */
  readonly files: readonly string[]
  readonly threads: number
}

export interface DataOptions {
  readonly threads: number
  readonly rounds: number
  /** Whether torchvision is measured beside it. */
  readonly torch: boolean
}

/** Images per second; null where torchvision was not measured. */
export interface DataRow {
  readonly case: string
  readonly gradus: number
  readonly torchvision: number | null
  /** Our rate / theirs: above 1 we are faster. */
  readonly ratio: number | null
}

/** Measures one kind of work. */
export async function measureData(
  work: DataCase,
  { threads, rounds, torch }: DataOptions,
  report: (text: string) => void,
): Promise<DataRow> {
  const folder = await mkdtemp(join(tmpdir(), 'gradus-bench-'))
  const workers: Worker[] = []
  try {
    const files = work.kind === 'decode' ? await drawPictures(folder, work.images) : []
    const task: DataTask = { ...work, files, threads }
    const commands = [
      ['gradus', ownWorker('gradus-data')],
      ...(torch ? [['torchvision', pythonPeer('torch_data')] as const] : []),
    ] as const
    for (const [name, command] of commands) {
      report(`${work.name}: starting ${name}`)
      workers.push((await startWorker(name, command, task)).worker)
    }
    const onRound = (round: number) => report(`${work.name}: round ${round}/${rounds}`)
    return dataRow(work, await interleave(workers, rounds, onRound))
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
    await rm(folder, { recursive: true, force: true })
  }
}

/** Files of about the size of photographs: soft shapes with a little grain, quality 90. */
async function drawPictures(folder: string, count: number): Promise<string[]> {
  const random = new Random('bench data')
  const [coarse, grain] = [25 * 19 * 3, 500 * 375 * 3]
  const paths: string[] = []
  for (let i = 0; i < count; i++) {
    const shapes = Uint8Array.from({ length: coarse }, () => random.integer(256))
    const soft = await sharp(shapes, { raw: { width: 25, height: 19, channels: 3 } })
      .resize(500, 375, { kernel: 'cubic', fit: 'fill' })
      .raw()
      .toBuffer()
    for (let p = 0; p < grain; p += 3)
      soft[p] = Math.max(0, Math.min(255, soft[p]! + (random.bits() & 15) - 8))
    const path = join(folder, `${i}.jpg`)
    await sharp(soft, { raw: { width: 500, height: 375, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(path)
    paths.push(path)
  }
  return paths
}

/**
 * The row of a kind of work.
 * @param timings `[side][round]` of a unit of work: ours, then none or torchvision's.
 */
export function dataRow({ name, images }: DataCase, timings: readonly (readonly Timing[])[]): DataRow {
  const [ours, theirs] = timings.map((side) => side.map(({ ms }) => ms))
  const rate = (times: readonly number[]) => rounded((1000 * images) / median(times))
  return {
    case: name,
    gradus: rate(ours!),
    torchvision: theirs ? rate(theirs) : null,
    ratio: theirs ? rounded(medianRatio(theirs, ours!), 3) : null,
  }
}

/** The rows for people. */
export const formatData = (rows: readonly DataRow[]): string =>
  formatTable(
    ['work', 'gradus images/s', 'torchvision images/s', 'ratio'],
    rows.map((row) => [row.case, row.gradus, row.torchvision, row.ratio?.toFixed(2) ?? null]),
  )
