import { GradusError } from '../../core/index.ts'
import type { MemoryDataset } from '../../data/index.ts'
import { applyChange, diagnose, liveDoctor, RunHistory } from '../../doctor/index.ts'
import type { Loss } from '../../nn/index.ts'
import { evaluate, type Finding, fit, type Recipe, type TrainEvent, type Trained } from '../../train/index.ts'
import { type ClinicCase, Draw } from './case.ts'

/** A finding, as short as a table needs it. */
export interface Found {
  readonly check: string
  readonly severity: 'warning' | 'problem'
  readonly title: string
}

/** What came of trying the first suggestion of the first finding that has one. */
export interface Trial {
  readonly check: string
  readonly suggestion: string
  /** Held-out loss of the run and of the one with the change; null where it is not finite. */
  readonly before: number | null
  readonly after: number | null
  readonly helps: boolean
}

/** What came of a case. Plain data. */
export interface CaseResult {
  readonly name: string
  readonly seed: number
  readonly planted: readonly string[]
  /** What the doctor says when the run is over, the worst first. */
  readonly found: readonly Found[]
  /** What it said on the way and does not say any more. */
  readonly withdrawn: readonly Found[]
  /** Absent for healthy runs, and where what is suggested first cannot be applied to a recipe. */
  readonly trial?: Trial
  readonly seconds: number
}

export interface RunCaseOptions {
  readonly seed: number
  readonly threads?: number
  /** Whether the first suggestion is tried. */
  readonly tries?: boolean
}

/** Trains a case with the doctor watching, and if something was planted and found, once more with the first suggestion. */
export async function runCase(
  { name, planted, make }: ClinicCase,
  data: MemoryDataset,
  { seed, threads = 1, tries = true }: RunCaseOptions,
): Promise<CaseResult> {
  const started = performance.now()
  const recipe = make(data, new Draw(name, seed))
  const run = await watchedFit(recipe, threads)
  const findings = diagnose(run.history).filter(isWrong)
  const found = findings.map(short)
  const said = new Set(found.map(({ check }) => check))
  const withdrawn = run.told.filter(({ check }) => !said.has(check)).map(short)
  const trial = tries && planted.length > 0 ? await tryFirst(recipe, run, findings, threads) : undefined
  const seconds = (performance.now() - started) / 1000
  return { name, seed, planted, found, withdrawn, ...(trial && { trial }), seconds }
}

type Wrong = Finding & { readonly severity: 'warning' | 'problem' }

const isWrong = (finding: Finding): finding is Wrong => finding.severity !== 'fine'
const short = ({ check, severity, title }: Wrong): Found => ({ check, severity, title })

interface WatchedRun {
  readonly history: RunHistory
  /** What the doctor said while it watched, each check once. */
  readonly told: readonly Wrong[]
  /** Undefined if training failed, as it does when the loss is not finite. */
  readonly trained: Trained | undefined
}

async function watchedFit(recipe: Recipe, threads: number): Promise<WatchedRun> {
  const history = new RunHistory()
  const told = new Map<string, Wrong>()
  const sink = (event: TrainEvent) => {
    history.add(event)
    if (event.type === 'finding' && event.check !== 'doctor' && isWrong(event)) told.set(event.check, event)
  }
  const options = { threads, sinks: [sink], watch: liveDoctor() }
  const trained = await fit(recipe, options).catch((error: unknown) => {
    const failed = history.findings.some(({ check }) => check === 'non-finite')
    if (error instanceof GradusError && failed) return undefined
    throw error
  })
  return { history, told: [...told.values()], trained }
}

/** Fields of a change that say themselves how long to train. */
const lengths = ['epochs', 'patience']

async function tryFirst(
  recipe: Recipe,
  run: WatchedRun,
  findings: readonly Finding[],
  threads: number,
): Promise<Trial | undefined> {
  const first = findings[0]
  const [suggestion] = first?.suggestions ?? []
  const inputShape = run.history.start?.data?.inputShape
  if (!first || !suggestion?.change || !inputShape) return undefined
  const changed = applyChange(recipe, suggestion.change, { inputShape })
  if (changed.left.length > 0) return undefined
  const isLonger = lengths.some((field) => suggestion.change![field] !== undefined)
  const next = isLonger ? changed.recipe : asLong(changed.recipe, run.history)
  const second = await watchedFit(next, threads)
  const yardstick = yardstickFor(suggestion.change)
  const [before, after] = [
    await yardstick(run, threads, run.trained?.loss),
    await yardstick(second, threads, run.trained?.loss),
  ]
  return {
    check: first.check,
    suggestion: suggestion.title,
    before: finite(before),
    after: finite(after),
    helps: Number.isFinite(after) && !(after >= before),
  }
}

/** As many steps as the run had, in whole epochs. */
function asLong(recipe: Recipe, { start }: RunHistory): Recipe {
  if (!start?.data || recipe.batchSize === undefined) return recipe
  const perEpoch = Math.max(1, Math.floor(start.data.train / recipe.batchSize))
  return { ...recipe, epochs: Math.max(1, Math.round((start.epochs * start.stepsPerEpoch) / perEpoch)) }
}

type Yardstick = (run: WatchedRun, threads: number, loss: Loss | undefined) => Promise<number>

/** Fields of a change after which the loss is another one, or is a mean over other samples. */
const reweighing = ['classWeights', 'labelSmoothing', 'loss', 'balance']

/**
 * How two runs are compared: by the validation loss of the last epoch. Where the change is one of the loss itself, by the
 * loss of the first run over the test split, which the clinic leaves balanced and rightly labelled.
 */
const yardstickFor = (change: object): Yardstick =>
  reweighing.some((field) => field in change) ? testLoss : lastValidationLoss

const lastValidationLoss: Yardstick = async ({ history, trained }) =>
  trained ? (history.wholeEpochs.at(-1)?.validation?.loss ?? Number.NaN) : Number.NaN

const testLoss: Yardstick = async ({ trained }, threads, loss) => {
  if (!trained || !loss) return Number.NaN
  const report = await evaluate({ ...trained, loss }, { threads, worst: 0 })
  return report.task === 'classification' ? report.loss : report.mse
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
