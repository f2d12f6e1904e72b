import { createInterface } from 'node:readline'
import { GradusError } from '../../src/core/index.ts'
import { median } from '../stats.ts'
import type { Ready, Timing } from '../worker.ts'

/** Work that is ready to be done again and again. */
export interface Work {
  readonly parameters: number
  step(): Promise<void>
  /** Does a step and says how many milliseconds it took, where these are not all from its call to its end. */
  timedStep?(): Promise<number>
}

const megabyte = 1e6

/** The other end of a `Worker`: prepares the task in the last argument, does its first step, then obeys standard input. */
export async function serve<Task>(prepare: (task: Task) => Promise<Work>): Promise<void> {
  try {
    await obey(prepare)
  } catch (error) {
    if (!(error instanceof GradusError)) throw error
    process.stderr.write(error.message)
    process.exitCode = 1
  }
}

async function obey<Task>(prepare: (task: Task) => Promise<Work>): Promise<void> {
  const task = JSON.parse(process.argv.at(-1)!) as Task
  const started = performance.now()
  const work = await prepare(task)
  await work.step()
  say<Ready>({ startMs: performance.now() - started, parameters: work.parameters })
  for await (const line of createInterface({ input: process.stdin })) {
    const ms = await timeSteps(work, Number(line))
    say<Timing>({
      ms,
      peakMB: (process.resourceUsage().maxRSS * 1024) / megabyte,
      residentMB: process.memoryUsage.rss() / megabyte,
    })
  }
}

async function timeSteps(work: Work, count: number): Promise<number> {
  const timed = work.timedStep ?? (() => timeOf(work.step))
  const times: number[] = []
  for (let i = 0; i < count; i++) times.push(await timed())
  return median(times)
}

async function timeOf(step: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await step()
  return performance.now() - started
}

const say = <T>(message: T) => process.stdout.write(`${JSON.stringify(message)}\n`)
