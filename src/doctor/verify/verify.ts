import { ensure, ensureKnownOptions, GradusError, unknownName } from '../../core/index.ts'
import { input } from '../../graph/index.ts'
import { parametersOf, summary, trace } from '../../nn/index.ts'
import type { CompileOptions } from '../../runtime/index.ts'
import {
  checkRecipe,
  type Finding,
  loadData,
  type Prepared,
  prepare,
  type Recipe,
} from '../../train/index.ts'
import type { Check, Progress, Verdict } from './check.ts'
import { checks } from './checks/index.ts'
import { Subject } from './subject.ts'

/** What happens while a recipe is checked. */
export type VerifyEvent =
  | VerifyStart
  | ({ readonly type: 'progress'; readonly check: string; readonly title: string } & Progress)
  | ({ readonly type: 'finding'; readonly seconds: number } & Finding)

/** What is checked. */
export interface VerifyStart {
  readonly type: 'start'
  readonly data: string
  readonly model: string
  readonly parameters: number
  readonly checks: readonly string[]
}

export interface VerifyOptions extends CompileOptions {
  /** The folder with the data, for recipes that ask for it. */
  readonly dataDir?: string
  /** Which checks to do, by their names; all by default. */
  readonly checks?: readonly string[]
  /** How long each of the checks that can take long (gradients, overfit) may take, about. Default: 20. */
  readonly seconds?: number
  /** Told what happens. */
  readonly watch?: (event: VerifyEvent) => void
  /** Ends the checks early: with an error. */
  readonly signal?: AbortSignal
}

/** What came out. */
export interface Verification {
  /** One for each check, in the order in which they were done. */
  readonly findings: readonly Finding[]
  /** Whether there is no problem; there may be warnings. */
  readonly passed: boolean
  readonly seconds: number
}

/** The names of the checks, in their order. */
export const verifyNames: readonly string[] = ['recipe', ...checks.map(({ name }) => name)]

/**
 * Looks at a recipe before it is trained, on a few of its samples, and changes nothing:
 * ```ts
 * const { passed, findings } = await verify(recipe)
 * for (const { severity, title, suggestions } of findings) console.log(severity, title, suggestions?.[0]?.title)
 * ```
 * Labels that are wrong or shuffled cannot be seen before training: a handful of them is learned by heart as well.
 * @throws if the recipe is none, the data cannot be had, an option is wrong, or `signal` aborts.
 */
export async function verify(recipe: Recipe, options: VerifyOptions = {}): Promise<Verification> {
  const { dataDir, seconds = 20, watch = () => {}, signal, threads, lowering } = options
  ensureKnownOptions('verify', options, known)
  ensure(seconds > 0, `verify: expected seconds above 0, got ${seconds}`)
  const chosen = choose(options.checks)
  const began = performance.now()
  const findings: Finding[] = []
  const tell = (finding: Finding, since: number) => {
    findings.push(finding)
    watch({ type: 'finding', ...finding, seconds: (performance.now() - since) / 1000 })
  }
  const subject = await subjectOf(recipe, { dataDir, threads, lowering, signal })
  if (!(subject instanceof Subject)) {
    tell(subject, began)
    return { findings, passed: false, seconds: (performance.now() - began) / 1000 }
  }
  try {
    watch(describe(subject, chosen))
    if (!options.checks || options.checks.includes('recipe')) tell(fitsTogether(subject), began)
    for (const check of chosen) {
      const { name, title } = check
      const since = performance.now()
      const progress = (now: Progress) => watch({ type: 'progress', check: name, title, ...now })
      progress({ done: 0, secondsLeft: seconds, text: '' })
      tell({ check: name, ...(await outcome(check, subject, { seconds, progress })) }, since)
    }
  } finally {
    await subject.end()
  }
  const passed = findings.every(({ severity }) => severity !== 'problem')
  return { findings, passed, seconds: (performance.now() - began) / 1000 }
}

const known = ['dataDir', 'checks', 'seconds', 'watch', 'signal', 'threads', 'lowering']

function choose(names: readonly string[] | undefined): readonly Check[] {
  if (!names) return checks
  const unknown = names.find((name) => !verifyNames.includes(name))
  if (unknown !== undefined) throw unknownName('check', unknown, verifyNames)
  return checks.filter(({ name }) => names.includes(name))
}

interface Settings extends CompileOptions {
  readonly dataDir: string | undefined
  readonly signal: AbortSignal | undefined
}

/** The recipe made concrete; or what is wrong with it, if model, loss and labels do not go together. */
async function subjectOf(recipe: Recipe, { dataDir, ...options }: Settings): Promise<Subject | Finding> {
  const checked = checkRecipe(recipe)
  // Data that are not there are no finding about the recipe.
  const data = await loadData(checked, dataDir)
  try {
    const prepared = await prepare({ ...checked, data }, dataDir)
    expectAllUsed(prepared)
    return new Subject(checked, prepared, options)
  } catch (error) {
    if (!(error instanceof GradusError)) throw error
    return { check: 'recipe', ...unfit(error) }
  }
}

/** A parameter of a layer that is never called has no place in the graph. */
function expectAllUsed({ model, train }: Prepared): void {
  const { tensors } = trace(model, input('inputs', train.inputShape), { training: true })
  const unused = parametersOf(model).find(({ name }) => !tensors.has(name))
  ensure(
    !unused,
    `"${unused?.name}" is a parameter of a layer that is never called`,
    'call the layer in forward, or leave it out',
  )
}

function unfit(error: GradusError): Verdict {
  const [title = '', ...notes] = error.message.split('\n  ')
  return {
    severity: 'problem',
    title,
    evidence: { error: error.message },
    explanation: 'The parts of the recipe do not fit together, so that it cannot be trained.',
    suggestions: notes.map((note) => ({ title: note })),
  }
}

const fitsTogether = ({ prepared: { data, loss, model } }: Subject): Finding => ({
  check: 'recipe',
  severity: 'fine',
  title: `${data.name}, ${model.type} and ${loss.name} fit together`,
  evidence: { data: data.name, model: model.type, loss: loss.name },
})

function describe({ prepared, inputShape }: Subject, chosen: readonly Check[]): VerifyStart {
  const { data, model } = prepared
  const { parameters } = summary(model, inputShape)
  const names = chosen.map(({ name }) => name)
  return { type: 'start', data: data.name, model: model.type, parameters, checks: names }
}

/** A check that fails with an error of ours has found something, too. */
async function outcome(check: Check, subject: Subject, watch: Parameters<Check['run']>[1]): Promise<Verdict> {
  try {
    return await check.run(subject, watch)
  } catch (error) {
    if (!(error instanceof GradusError) || subject.signal?.aborted) throw error
    return {
      severity: 'problem',
      title: `could not be checked: ${error.message.split('\n')[0]}`,
      evidence: { error: error.message },
      suggestions: error.notes.map((note) => ({ title: note })),
    }
  }
}
