/** `npm run clinic`: trains small runs with known faults, and without, and says what the doctor found. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError } from 'commander'
import {
  answerOrders,
  lineOf,
  orderTaker,
  planClinic,
  runAll,
  scoreOf,
  summaryOf,
} from '../src/lab/clinic/index.ts'

interface Options {
  readonly data: string
  readonly only?: readonly string[]
  readonly seeds: readonly number[]
  readonly quick: boolean
  readonly json: boolean
  readonly workers: number
  readonly out?: string
}

const numbers = (text: string): number[] =>
  text.split(',').map((part) => {
    const value = Number(part)
    if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Expected whole numbers.')
    return value
  })

const command = new Command('clinic')
  .description('train small runs with known faults, and without, and say what the doctor found')
  .option('--data <dir>', 'folder that holds mnist and cifar10', '../shared/data')
  .option('--only <names>', 'cases with one of these in their names', (text: string) => text.split(','))
  .option('--seeds <numbers>', 'draw widths, depths and rates; a round for each', numbers, [0])
  .option('--quick', 'do not try the suggestions', false)
  .option('--workers <number>', 'runs at a time, each with one thread', (text) => numbers(text)[0]!, 2)
  .option('--out <file>', 'write figures and runs there, as JSON')
  .option('--json', 'print the figures as JSON in the last line', false)

/** Prints how far it is; the last line of standard output is for programs. */
async function main({ data, only, seeds, quick, json, workers, out }: Options): Promise<void> {
  const say = json ? console.error : console.log
  const { orders, left } = planClinic({ dir: data, only, seeds, tries: !quick })
  if (left.length > 0) say(`left out, since --data ${data} does not have their data: ${left.join('; ')}`)
  const started = performance.now()
  const results = await runAll(orders, {
    worker: fileURLToPath(import.meta.url),
    execArgv: ['--import', import.meta.resolve('jiti/register')],
    workers,
    watch(result, done) {
      const seconds = (performance.now() - started) / 1000
      const rest = (seconds / done) * (orders.length - done)
      say(`[${done}/${orders.length}, ${Math.ceil(rest)} s left] ${lineOf(result)}`)
    },
  })
  const score = scoreOf(results)
  say(`\n${summaryOf(score, results)}`)
  if (out) {
    mkdirSync(dirname(out), { recursive: true })
    const rows = results.map((result) => JSON.stringify(result)).join(',\n')
    const { perFault: _, confusion: __, ...figures } = score
    writeFileSync(
      out,
      `{\n"seeds": ${JSON.stringify(seeds)},\n"figures": ${JSON.stringify(figures)},\n"results": [\n${rows}\n]\n}\n`,
    )
  }
  if (json) console.log(JSON.stringify(score))
}

if (process.argv.includes('--worker')) answerOrders(orderTaker())
else await main(command.parse().opts<Options>())
