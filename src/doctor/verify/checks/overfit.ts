import { breathe, type Check, measured, type Progress, short, type Verdict } from '../check.ts'
import { type LossValues, lossValues, shareOf } from '../loss-values.ts'
import type { Trainer } from '../trainer.ts'

/** Steps after which the rate is looked at again. */
const WINDOW = 10
const MOST_STEPS = 600
/** Windows in a row without progress at which a model will not get any further. */
const PATIENCE = 12
const RATES = { first: 1e-3, least: 1e-6, most: 0.05 }
/** How near to the least loss is near enough, as a share of the way from a model that knows nothing. */
const NEAR = 0.02

/**
 * Whether the model can learn a handful of samples by heart: chance, regularization and augmentation off, Adam with a rate that
 * adapts. A model that cannot has a bug, or is too small; training it on more samples is of no use.
 */
export const overfit: Check = {
  name: 'overfit',
  title: 'a handful of samples learned by heart',
  async run(subject, { seconds, progress }) {
    const trainer = await subject.trainer()
    trainer.restore(subject.start)
    const samples = await subject.samples(subject.handful)
    const { output } = await subject.atStart()
    const values = await lossValues(subject.prepared.loss, output.shape.slice(1), samples)
    const run = await descend(trainer, values, { seconds, progress, signal: subject.signal })
    const evidence = {
      samples: samples.count,
      steps: run.steps,
      seconds: measured(run.seconds),
      loss: measured(run.loss),
      before: measured(run.before),
      least: measured(values.floor),
      expectedBefore: measured(values.chance),
      ...(run.correct === undefined ? {} : { correct: run.correct }),
    }
    if (run.share <= NEAR)
      return {
        severity: 'fine',
        title: `${samples.count} samples are learned by heart in ${run.steps} steps`,
        evidence,
      }
    return run.ended === 'time' && run.isFalling
      ? slow(run, evidence)
      : unable(run, samples.count, values, evidence)
  },
}

interface Run {
  readonly steps: number
  readonly seconds: number
  readonly before: number
  /** The least that was reached. */
  readonly loss: number
  readonly correct: number | undefined
  /** How far that is from the least possible: 1 is where a model is that knows nothing. */
  readonly share: number
  readonly ended: 'near' | 'time' | 'stuck'
  /** Whether the loss was still falling. */
  readonly isFalling: boolean
}

interface Limits {
  readonly seconds: number
  readonly progress: (progress: Progress) => void
  readonly signal: AbortSignal | undefined
}

/** The bold driver: faster while the loss falls slowly, back to the best and slower where it rises. */
async function descend(trainer: Trainer, values: LossValues, limits: Limits): Promise<Run> {
  const began = performance.now()
  const elapsed = () => (performance.now() - began) / 1000
  let best = { loss: Number.POSITIVE_INFINITY, correct: undefined as number | undefined }
  let [steps, rate, idle] = [0, RATES.first, 0]
  let [before, checkpoint] = [Number.NaN, trainer.snapshot()]
  const end = (ended: Run['ended']): Run => {
    const share = shareOf(best.loss, values)
    return { steps, seconds: elapsed(), before, ...best, share, ended, isFalling: idle < 2 }
  }
  while (steps < MOST_STEPS && idle < PATIENCE) {
    const from = best.loss
    let last = Number.NaN
    for (let i = 0; i < WINDOW; i++) {
      const { loss, correct } = await trainer.run(rate)
      await breathe(limits.signal)
      steps++
      last = loss
      if (Number.isNaN(before)) before = loss
      if (loss < best.loss) best = { loss, correct }
      if (shareOf(best.loss, values) <= NEAR) return end('near')
      if (!Number.isFinite(loss)) break
      if (elapsed() > limits.seconds) return end('time')
    }
    report(limits, { steps, elapsed: elapsed(), loss: best.loss })
    const gain = shareOf(from, values) - shareOf(best.loss, values)
    idle = gain > 0.01 * shareOf(from, values) || from === Number.POSITIVE_INFINITY ? 0 : idle + 1
    if (!(last <= 1.5 * Math.max(best.loss, values.floor))) {
      trainer.restore(checkpoint)
      rate = Math.max(rate * 0.3, RATES.least)
    } else {
      checkpoint = trainer.snapshot()
      if (gain < 0.2 * shareOf(from, values)) rate = Math.min(rate * 1.4, RATES.most)
    }
  }
  return end('stuck')
}

function report(
  { seconds, progress }: Limits,
  { steps, elapsed, loss }: { readonly steps: number; readonly elapsed: number; readonly loss: number },
): void {
  const done = Math.max(elapsed / seconds, steps / MOST_STEPS)
  const secondsLeft = Math.min(seconds - elapsed, (elapsed / steps) * (MOST_STEPS - steps))
  progress({ done: Math.min(1, done), secondsLeft, text: `step ${steps}, loss ${short(loss)}` })
}

const slow = ({ seconds, before, loss, steps }: Run, evidence: Verdict['evidence']): Verdict => ({
  severity: 'warning',
  title: `not told in ${short(seconds)} s: the loss fell from ${short(before)} to ${short(loss)} in ${steps} steps`,
  evidence,
  explanation: 'The loss on a handful of samples was still falling when the time for this check was over.',
  suggestions: [{ title: 'give it more time: gradus check --seconds 120' }],
})

const unable = (
  { loss, steps }: Run,
  samples: number,
  { chance, floor }: LossValues,
  evidence: Verdict['evidence'],
): Verdict => ({
  severity: 'problem',
  title: `${samples} samples cannot be learned by heart: the loss stays at ${short(loss)} after ${steps} steps`,
  evidence,
  explanation:
    `A model that works brings the loss on so few samples from ${short(chance)} to ${short(floor)}. One that cannot has a ` +
    'bug, or too few units; more samples only hide it.',
  suggestions: [
    { title: 'mend first what other checks found' },
    {
      title:
        'look for operations that pass no gradient, outputs that are bounded, and layers with very few units',
    },
    { title: 'look whether the same sample is there with different labels' },
  ],
})
