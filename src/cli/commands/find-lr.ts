import { join } from 'node:path'
import { drawRate, findRate, type RateAnswer, type RateProgress } from '../../doctor/index.ts'
import { writePicture } from '../../train/index.ts'
import { type RecipeOptions, recipeFor } from './check.ts'

export interface FindLrOptions extends RecipeOptions {
  readonly seeds?: number
  readonly steps?: number
  readonly from?: number
  readonly to?: number
  readonly out?: string
  readonly json?: boolean
}

/** Time between two drawings of the progress line, in milliseconds. */
const REFRESH = 100

/** `gradus find-lr RECIPE|DATA`: looks for a learning rate by letting it grow until training diverges. */
export async function findLr(what: string, options: FindLrOptions): Promise<void> {
  const { seeds, steps, from, to, out, json } = options
  const { recipe, ...rest } = await recipeFor(what, options)
  const show = progressLine(process.stderr)
  const asked = Object.entries({ seeds, steps, from, to }).filter(([, value]) => value !== undefined)
  const answer = await findRate(recipe, { ...rest, ...Object.fromEntries(asked), watch: show.update })
  show.end()
  const files = out === undefined ? [] : await writePicture(join(out, 'rate'), await drawRate(answer))
  process.stdout.write(`${json ? JSON.stringify({ ...answer, files }) : describe(answer, files)}\n`)
  if (answer.outcome === 'unclear') process.exitCode = 1
}

function describe(answer: RateAnswer, files: readonly string[]): string {
  const { data, model, optimizer, batchSize, given, curves, seconds } = answer
  const of = `${data}  ${model}, ${optimizer}, batch ${batchSize}; ${curves.length} ${curves.length === 1 ? 'sweep' : 'sweeps'} in ${seconds.toFixed(1)} s`
  const told = answer.outcome === 'found' ? found(answer) : unclear(answer)
  const held = given === undefined ? [] : [`the recipe has ${given}`]
  return [of, ...told, ...held, ...files].join('\n')
}

const found = (answer: Extract<RateAnswer, { outcome: 'found' }>) => {
  const { suggestion, interval, agreeing, curves, spread, note } = answer
  const agreement = `${agreeing} of ${curves.length} sweeps agree within a factor of ${spread}`
  return [
    `learning rate ${suggestion}, good from ${interval.join(' to ')}; ${agreement}`,
    ...(note === undefined ? [] : [`note: ${note}`]),
  ]
}

const unclear = ({ reason, advice }: Extract<RateAnswer, { outcome: 'unclear' }>) => [
  `cannot tell: ${reason}`,
  `  ${advice}`,
]

/** One line on a terminal that says how far the sweeps are, and what is left. */
function progressLine(stream: NodeJS.WriteStream) {
  let drawn = Number.NEGATIVE_INFINITY
  return {
    update({ sweep, rate, loss, done, secondsLeft }: RateProgress) {
      const now = performance.now()
      if (!stream.isTTY || now - drawn < REFRESH) return
      drawn = now
      const at = `sweep ${sweep + 1}, rate ${rate.toExponential(1)}, loss ${loss.toPrecision(3)}`
      stream.write(`\r\u001b[K${Math.round(100 * done)}%  ${at}, ${Math.ceil(secondsLeft)} s left at most`)
    },
    end() {
      if (stream.isTTY) stream.write('\r\u001b[K')
    },
  }
}
