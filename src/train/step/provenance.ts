import { formatShape, GradusError, type JsonObject, type Tensor } from '../../core/index.ts'
import { parametersOf } from '../../nn/index.ts'
import type { Finding, Untimed } from '../events.ts'
import { allFinite, firstNonFinite } from './finite.ts'
import { formatRange, rangeOf } from './range.ts'
import { findOrigin, type Numbers, type Operand, type Origin } from './replay.ts'
import type { StepResult } from './step.ts'
import type { GraphOptions } from './training-graph.ts'

/** The numbers of the step that failed. */
export interface FailedStep extends Numbers, Pick<StepResult, 'loss' | 'broken'> {
  /** From 0. */
  readonly step: number
  /** Optimizer state by its name in checkpoints. */
  readonly state: ReadonlyMap<string, Tensor>
  /** The learning rate of the update before this step; undefined in the first step. */
  readonly rate: number | undefined
}

/** Why a run fails: for the person, and for what watches the run. */
export interface Failure {
  readonly error: GradusError
  readonly finding: Finding
}

/** Tells what watches the run, then throws. */
export async function report(
  { finding, error }: Failure,
  step: number,
  emit: (event: Untimed) => Promise<void>,
): Promise<never> {
  await emit({ type: 'finding', step, ...finding })
  throw error
}

/**
 * Explains a loss or a gradient that is not finite: runs the step again with every node visible, and names the first
 * operator that made something that is not finite of finite numbers, on the way to the loss or on the way back. Or it names
 * what was wrong before: the inputs, or the update of the step before.
 */
export async function explainNonFinite(options: GraphOptions, failed: FailedStep): Promise<Failure> {
  const { step, loss, broken } = failed
  const symptom =
    broken === undefined
      ? `the loss became ${loss} in step ${step + 1}`
      : `the gradient of "${broken}" is not finite in step ${step + 1}`
  const cause = ofUpdate(options, failed) ?? ofInputs(failed) ?? (await ofStep(options, failed))
  return failure(symptom, cause, [
    'the last checkpoint is from before; parameters were not updated in this step',
    ADVICE,
  ])
}

/** Why a state must not become a checkpoint: a parameter or buffer is not finite after `step` steps. */
export function explainState(
  { tensors, state, rate }: Pick<FailedStep, 'tensors' | 'state' | 'rate'>,
  step: number,
): Failure | undefined {
  const name = firstNonFinite(tensors)
  if (name === undefined) return undefined
  const symptom = `"${name}" is not finite after the update of step ${step}`
  const cause = causeOfUpdate(name, { tensors, state, rate }, step)
  return failure(symptom, { ...cause, notes: [] }, ['the last checkpoint is from before', ADVICE])
}

const ADVICE =
  'try a smaller learning rate, or warm-up; check the inputs for values that are not finite or very large'

interface Cause {
  readonly evidence: JsonObject
  /** Where it came from, in a few words. */
  readonly origin: string
  readonly notes: readonly string[]
}

function failure(symptom: string, { evidence, origin, notes }: Cause, advice: readonly string[]): Failure {
  return {
    error: new GradusError(symptom, [...notes, ...advice]),
    finding: {
      check: 'non-finite',
      severity: 'problem',
      title: `${symptom}: ${origin}`,
      evidence,
      explanation:
        'A number that is NaN or infinite spreads to all that is computed from it: one step later nothing would be left.',
      suggestions: [
        { title: 'take a smaller learning rate, or let it warm up' },
        { title: 'clip the gradient by its norm' },
        { title: 'check the inputs for values that are not finite or very large' },
      ],
    },
  }
}

/** An update before made a parameter that is not finite of finite gradients: those are looked at in every step. */
function ofUpdate({ model }: GraphOptions, failed: FailedStep): Cause | undefined {
  const { step, tensors } = failed
  const spoiled = parametersOf(model).find(({ name }) => !allFinite(tensors.get(name)!))?.name
  return spoiled === undefined ? undefined : causeOfUpdate(spoiled, failed, step)
}

function causeOfUpdate(
  name: string,
  { tensors, state, rate }: Pick<FailedStep, 'tensors' | 'state' | 'rate'>,
  step: number,
): Cause {
  const layer = name.split('.').slice(0, -1).join('.')
  const own = [...state].filter(([key]) => key.endsWith(`/${name}`))
  const inputs = [[name, tensors.get(name)!] as const, ...own].map(([name, held]) => operand(name, held))
  const when = step === 0 ? 'from the start' : `since the update of step ${step}`
  return {
    origin: `"${name}" is not finite ${when}`,
    evidence: { phase: 'update', operator: 'update', layer, step, parameter: name, rate, inputs },
    notes: [`"${name}" is not finite ${when}`, ...inputs.map(lineOf)],
  }
}

function ofInputs({ feeds, step }: FailedStep): Cause | undefined {
  const spoiled = Object.entries(feeds).find(([, held]) => !allFinite(held))
  if (!spoiled) return undefined
  const [name, held] = spoiled
  const origin = `the ${name} of the batch`
  const inputs = [operand(name, held)]
  return {
    origin: `${origin} are not finite`,
    evidence: { phase: 'inputs', operator: 'input', layer: '', step: step + 1, inputs },
    notes: [`first not finite: ${origin}`, ...inputs.map(lineOf)],
  }
}

async function ofStep(options: GraphOptions, failed: FailedStep): Promise<Cause> {
  const step = failed.step + 1
  const origin = await findOrigin(options, failed)
  if (!origin) {
    const notes = ['when the step was done again all was finite: it is at the edge of what float32 can hold']
    return { origin: 'at the edge of float32', evidence: { phase: 'unknown', step }, notes }
  }
  const { phase, operator, layer, type, shape, inputs } = origin
  const where = placeOf(origin)
  return {
    origin: `${where}, by ${operator}`,
    evidence: { phase, operator, layer, type, step, shape, inputs },
    notes: [`first not finite: ${where}, by ${operator} of`, ...inputs.map(lineOf)],
  }
}

function placeOf({ phase, layer, type, isOutput, shape }: Origin): string {
  const there = type === undefined ? 'the loss' : `${type} "${layer}"`
  const size = formatShape(shape)
  if (phase === 'backward') return `the gradient ${size} on the way back through ${there}`
  return isOutput ? `the output of ${there} ${size}` : `a number ${size} in ${there}`
}

const operand = (name: string, held: Tensor): Operand => ({ name, ...rangeOf(held) })
const lineOf = ({ name, ...range }: Operand) => `  ${name} ${formatRange(range as Operand)}`
