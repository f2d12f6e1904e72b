import { createInterface } from 'node:readline'
import { GradusError } from '../../src/core/index.ts'
import { median } from '../stats.ts'
import type { Ready, Timing } from '../worker.ts'

/** Work that is ready to be done again and again. */
export interface Work {
  readonly parameters: number
  step(): Promise<void>
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
  const { parameters, step } = await prepare(task)
  await step()
  say<Ready>({ startMs: performance.now() - started, parameters })
  for await (const line of createInterface({ input: process.stdin })) {
    const ms = await timeSteps(step, Number(line))
    say<Timing>({
      ms,
      peakMB: (process.resourceUsage().maxRSS * 1024) / megabyte,
      residentMB: process.memoryUsage.rss() / megabyte,
    })
  }
}

async function timeSteps(step: () => Promise<void>, count: number): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    const started = performance.now()
    await step()
    times.push(performance.now() - started)
  }
  return median(times)
}

const say = <T>(message: T) => process.stdout.write(`${JSON.stringify(message)}\n`)
