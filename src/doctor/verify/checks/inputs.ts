import { type Check, measured, short, type Verdict } from '../check.ts'
import type { Subject } from '../subject.ts'

/** Samples that are looked at, at most. */
const SAMPLES = 512

/** Beyond these a standardized input is not: those of [0, 1] pixels and of features of unequal shape are within. */
const LIMITS = { mean: 3, least: 0.1, most: 4, ratio: 100 }
/** And these no optimizer makes up for. Principal components may well be of unequal scale. */
const HARD = { mean: 10, least: 0.01, most: 20, ratio: Number.POSITIVE_INFINITY }

interface Moments {
  readonly mean: number
  readonly std: number
}

/**
 * Mean and standard deviation of what the network gets, over all of it and by channel or feature. Networks expect numbers around
 * 0 of size 1: the first layer's gradients have the size of the inputs.
 */
export const inputs: Check = {
  name: 'inputs',
  title: 'inputs around 0 and of size 1',
  async run(subject) {
    const { preprocessing } = subject.prepared
    const { inputs: given, count } = await subject.samples(SAMPLES)
    const values = preprocessing.applyTo(given, count)
    const bad = values.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0) return notFinite(values[bad]!)
    const [channels = 1] = preprocessing.outputShape
    const plane = values.length / count / channels
    const all = momentsOf(values, () => true)
    const byChannel = Array.from({ length: channels }, (_, c) =>
      momentsOf(values, (i) => Math.floor(i / plane) % channels === c),
    )
    if (await areIndices(subject, values))
      return {
        severity: 'fine',
        title: 'inputs are positions in a table, which have no size',
        evidence: { samples: count },
      }
    return judge(all, byChannel, count)
  },
}

/** Whole numbers that no gradient comes back to stand for something: tokens, categories. */
async function areIndices(subject: Subject, values: Float32Array): Promise<boolean> {
  if (!values.every(Number.isInteger)) return false
  const { inputGradient } = await subject.atGeneric()
  return inputGradient.every((slope) => slope === 0)
}

function judge(all: Moments, channels: readonly Moments[], samples: number): Verdict {
  const spread = channels.map(({ std }) => std).filter((std) => std > 0)
  const ratio = spread.length > 0 ? Math.max(...spread) / Math.min(...spread) : 1
  const evidence = {
    mean: measured(all.mean),
    std: measured(all.std),
    largestByChannel: measured(Math.max(...spread, 0)),
    smallestByChannel: measured(Math.min(...spread)),
    channels: channels.length,
    samples,
  }
  const exceeds = ({ mean, least, most, ratio: uneven }: typeof LIMITS) =>
    Math.abs(all.mean) > mean || all.std < least || all.std > most || ratio > uneven
  const severity = exceeds(HARD) ? 'problem' : exceeds(LIMITS) ? 'warning' : 'fine'
  const numbers = `mean ${short(all.mean)}, standard deviation ${short(all.std)}`
  if (severity === 'fine') return { severity, title: `inputs have ${numbers}`, evidence }
  const isUneven = ratio > LIMITS.ratio && all.std <= LIMITS.most
  return {
    severity,
    title: isUneven
      ? `inputs are of unequal scale: standard deviations from ${short(Math.min(...spread))} to ${short(Math.max(...spread))}`
      : `inputs are not standardized: ${numbers}`,
    evidence,
    explanation:
      'The gradients of the first layer grow with the inputs, so that one learning rate cannot fit all weights, and an offset ' +
      'common to all inputs makes all weights of a unit move together. Standardized inputs train faster.',
    suggestions: [
      {
        title: 'standardize the inputs, by channel or feature: preprocess: data.standardize()',
        change: { preprocess: 'standardize' },
      },
    ],
    more: 'LeCun et al., Efficient BackProp, 1998, section 4.3',
  }
}

const notFinite = (value: number): Verdict => ({
  severity: 'problem',
  title: `an input is ${value}`,
  evidence: { value: String(value) },
  explanation: 'One such number makes the loss and with it all weights NaN.',
  suggestions: [{ title: 'clean the data: leave such samples out, or fill in what is missing' }],
})

function momentsOf(values: Float32Array, isIn: (index: number) => boolean): Moments {
  let [count, mean, spread] = [0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    if (!isIn(i)) continue
    count++
    const away = values[i]! - mean
    mean += away / count
    spread += away * (values[i]! - mean)
  }
  return { mean, std: Math.sqrt(spread / count) }
}
