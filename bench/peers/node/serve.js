/** What every peer in JavaScript does: prepares its work once, then times it whenever it is told to. */
import { createInterface } from 'node:readline'

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`)

/** The median time of a step in milliseconds. */
async function timeSteps(step, count) {
  const times = []
  for (let i = 0; i < count; i++) {
    const started = performance.now()
    const loss = await step()
    times.push(performance.now() - started)
    if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}, so the times mean nothing`)
  }
  times.sort((a, b) => a - b)
  const middle = count >> 1
  return count % 2 ? times[middle] : (times[middle - 1] + times[middle]) / 2
}

/** `prepare` makes { parameters, step } of the task in the last argument; `step` gives the loss. */
export async function serve(prepare) {
  try {
    await obey(prepare)
  } catch (error) {
    // Its last line is shown; where it comes from is of no use to whoever reads the table.
    process.stderr.write(`\n${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}

async function obey(prepare) {
  const started = performance.now()
  const { parameters, step } = await prepare(JSON.parse(process.argv.at(-1)))
  await step()
  say({ startMs: performance.now() - started, parameters })
  for await (const line of createInterface({ input: process.stdin })) {
    const ms = await timeSteps(step, Number(line))
    say({ ms, peakMB: (process.resourceUsage().maxRSS * 1024) / 1e6 })
  }
}
