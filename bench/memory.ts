import type { BenchModel } from './models.ts'
import { rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { ownWorker, startWorker } from './worker.ts'

/** Small, so that what every step leaves behind would be most of it. */
const model: BenchModel = { name: 'mlp', inputShape: [1, 8, 8], classes: 10, batchSize: 64 }
const totalSteps = 10_000
const sampleEvery = 1_000

/** Resident memory after so many steps. */
export interface MemoryRow {
  readonly steps: number
  /** In MB, 10^6 bytes. */
  readonly residentMB: number
}

export interface MemoryResult {
  readonly model: string
  readonly rows: readonly MemoryRow[]
  /** From the first sample, when all is warm, to the last, in MB. */
  readonly growthMB: number
}

/** Resident memory over 10,000 training steps of a small network, in a process that does nothing else. */
export async function measureMemory(
  options: { threads: number },
  report: (text: string) => void,
): Promise<MemoryResult> {
  report(`${model.name}: starting`)
  const task = { ...model, ...options, lowering: true }
  const { worker } = await startWorker('gradus', ownWorker('gradus-step'), task)
  const rows: MemoryRow[] = []
  try {
    for (let steps = sampleEvery; steps <= totalSteps; steps += sampleEvery) {
      const { residentMB } = await worker.steps(sampleEvery)
      rows.push({ steps, residentMB: rounded(residentMB!) })
      report(`${model.name}: ${steps} steps, ${residentMB!.toFixed(1)} MB`)
    }
  } finally {
    await worker.close()
  }
  const growthMB = rounded(rows.at(-1)!.residentMB - rows[0]!.residentMB)
  return { model: model.name, rows, growthMB }
}

/** The samples for people. */
export function formatMemory({ rows, growthMB }: MemoryResult): string {
  const table = formatTable(
    ['steps', 'resident MB'],
    rows.map(({ steps, residentMB }) => [steps.toLocaleString('en-US'), residentMB.toFixed(1)]),
  )
  const [first, last] = [rows[0]!, rows.at(-1)!]
  const span = `from ${first.steps.toLocaleString('en-US')} to ${last.steps.toLocaleString('en-US')} steps`
  return `${table}\n\ngrowth ${span}: ${growthMB.toFixed(1)} MB`
}
