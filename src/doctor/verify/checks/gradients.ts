import { isFloat } from '../../../core/index.ts'
import { describeNode, type Node, sortedNodes, type Value } from '../../../graph/index.ts'
import { breathe, type Check, measured, short, type Verdict, type Watch } from '../check.ts'
import { forward, type Reading } from '../probe.ts'
import { randomDirection, Slopes, towards } from '../slopes.ts'
import type { Subject } from '../subject.ts'

/** An error at which no better step is looked for. */
const ENOUGH = 0.05
/**
 * What differences of a loss in single precision may be off by, between the kinks of a network: real mistakes (a missing term, a
 * factor) are off by a third or more.
 */
const TOLERANCE = 0.1
/** The share of the loss that must change when a parameter moves by its own size, for it to have a say. */
const INFLUENCE = 1e-4

/**
 * The gradients of the very model, in the form in which it will run, against double-sided differences of the loss along
 * directions of every trained parameter: one along its gradient with random weights, which finds wrong factors, and two at
 * random, which find what is missing. Where a kink is suspected, shorter steps decide.
 */
export const gradients: Check = {
  name: 'gradients',
  title: 'gradients against differences of the loss',
  async run(subject, watch) {
    const samples = await subject.samples(subject.batchSize)
    const reading = await subject.atGeneric()
    const slopes = await Slopes.create(subject, samples, subject.generic)
    const state = { subject, slopes, reading, watch }
    const { missing, mute } = await zeroGradients(state)
    if (missing.length > 0) return cut(missing, reading)
    const found = await compareAll(state, (name) => !mute.includes(name))
    const evidence = {
      parameters: subject.trained.length,
      compared: found.compared,
      directions: found.directions,
      largestError: measured(found.largest),
      tolerance: TOLERANCE,
      rounding: measured(slopes.noise),
    }
    if (found.wrong.length > 0) return wrong(found.wrong, evidence)
    if (mute.length > 0) return without(mute, evidence)
    const [flat] = flatOperators(subject)
    if (flat) return ignored(flat, evidence)
    return {
      severity: 'fine',
      title: `gradients agree within ${short(100 * found.largest)}% along ${found.directions} directions of ${found.compared} parameters`,
      evidence,
    }
  },
}

/**
 * Operators from floats to floats that have no slope anywhere (rounding, the sign) between trained parameters and the loss.
 * Differences over short steps agree with their gradient of 0, which is why they are looked for. Comparisons have no slope either,
 * but they choose between others that have.
 */
function flatOperators(subject: Subject): Node[] {
  const { loss, traced } = forward(subject, subject.batchSize)
  const reached = new Set<Value>(subject.trained.map((name) => traced.tensors.get(name)!))
  return sortedNodes([loss]).filter(({ op, inputs, outputs }) => {
    if (!inputs.some((value) => value && reached.has(value))) return false
    for (const value of outputs) reached.add(value)
    return op.grad === 'zero' && isFloat(inputs[0]!.dtype) && isFloat(outputs[0]!.dtype)
  })
}

interface State {
  readonly subject: Subject
  readonly slopes: Slopes
  readonly reading: Reading
  readonly watch: Watch
}

/** Parameters with a gradient of exactly 0: those that the loss depends on all the same, and those that it does not. */
async function zeroGradients({ subject, slopes, reading }: State) {
  const [missing, mute]: [string[], string[]] = [[], []]
  const here = await slopes.loss()
  for (const [name, gradient] of reading.gradients) {
    if (gradient.some((slope) => slope !== 0)) continue
    await breathe(subject.signal)
    const direction = randomDirection(gradient.length, slopes.size(name), subject.random('reach', name))
    const there = [await slopes.lossAt(name, direction, 1), await slopes.lossAt(name, direction, -1)]
    const change = Math.max(...there.map((loss) => Math.abs(loss - here)))
    const matters = change > Math.max(10 * slopes.noise, INFLUENCE * Math.abs(here))
    ;(matters ? missing : mute).push(name)
  }
  return { missing, mute }
}

interface Mismatch {
  readonly name: string
  readonly numeric: number
  readonly analytic: number
}

async function compareAll({ subject, slopes, reading, watch }: State, isIn: (name: string) => boolean) {
  const began = performance.now()
  const order = subject.random('order').shuffle([...reading.gradients.keys()].filter(isIn))
  const wrong: Mismatch[] = []
  let [compared, directions, largest] = [0, 0, 0]
  for (const name of order) {
    const elapsed = (performance.now() - began) / 1000
    if (elapsed > watch.seconds) break
    const result = await compareOne(subject, slopes, name, reading.gradients.get(name)!)
    directions += result.directions
    largest = Math.max(largest, result.largest)
    if (result.wrong) wrong.push(result.wrong)
    compared++
    const left = Math.min(watch.seconds - elapsed, (elapsed / compared) * (order.length - compared))
    const text = `${compared} of ${order.length} parameters`
    watch.progress({ done: compared / order.length, secondsLeft: left, text })
  }
  return { compared, directions, largest, wrong }
}

async function compareOne(subject: Subject, slopes: Slopes, name: string, gradient: Float32Array) {
  const size = slopes.size(name)
  let [directions, largest] = [0, 0]
  let wrong: Mismatch | undefined
  for (const kind of ['along', 'random', 'random again'] as const) {
    for (let attempt = 0; attempt < 2; attempt++) {
      await breathe(subject.signal)
      const random = subject.random('direction', name, kind, attempt)
      const direction =
        kind === 'along' ? towards(gradient, size, random) : randomDirection(gradient.length, size, random)
      const slope = await slopes.along(name, direction, gradient, ENOUGH)
      if (!slope) break
      // A direction that disagrees may cross a kink: only what another one confirms is wrong.
      if (slope.error > TOLERANCE && attempt === 0) continue
      directions++
      largest = Math.max(largest, slope.error)
      if (slope.error > TOLERANCE) wrong ??= { name, ...slope }
      break
    }
  }
  return { directions, largest, wrong }
}

/** The layer in which the gradient ends: the first that gets one after a layer that does not. */
function cutIn({ layers }: Reading): string | undefined {
  const last = layers.findLastIndex(({ gradientNorm }) => gradientNorm === 0)
  const layer = last >= 0 ? layers[last + 1] : layers[0]
  return layer && (layer.path ? `${layer.type} "${layer.path}"` : layer.type)
}

const listed = (names: readonly string[]) =>
  `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`

function cut(missing: readonly string[], reading: Reading): Verdict {
  const where = cutIn(reading)
  return {
    severity: 'problem',
    title: `no gradient reaches ${listed(missing)}, although the loss depends on them`,
    evidence: { parameters: [...missing], ...(where === undefined ? {} : { layer: where }) },
    explanation:
      'They stay as they started. An operator on the way has no slope: rounding, comparing, taking the largest index, casting to ' +
      `whole numbers${where ? `; it is in ${where}` : ''}.`,
    suggestions: [
      {
        title: `replace it${where ? ` in ${where}` : ''} by something smooth: sigmoid for a threshold, softmax for argmax`,
      },
      { title: 'if it is meant so, freeze the parameters: groups([{ match: "features.*", freeze: true }])' },
    ],
  }
}

const wrong = (mismatches: readonly Mismatch[], evidence: Record<string, unknown>): Verdict => ({
  severity: 'problem',
  title: `the gradient of ${listed(mismatches.map(({ name }) => name))} is not the slope of the loss`,
  evidence: {
    ...evidence,
    wrong: mismatches.slice(0, 10).map(({ name, numeric, analytic }) => ({
      name,
      difference: measured(numeric),
      gradient: measured(analytic),
    })),
  } as Verdict['evidence'],
  explanation:
    'Training goes where the gradient says, which is not downhill. A part of the computation passes no gradient or the wrong one.',
  suggestions: [
    {
      title:
        'look for operators without a slope (round, comparisons, argmax, cast) beside others that have one',
    },
    { title: 'run again with --no-lowering: if that agrees, the fault is in Gradus; please report it' },
  ],
})

const ignored = (node: Node, evidence: Verdict['evidence']): Verdict => ({
  severity: 'warning',
  title: `what goes through ${describeNode(node)} gets no gradient`,
  evidence: { ...(evidence as Record<string, string>), operator: describeNode(node) },
  explanation:
    'The operator has no slope. Elsewhere the gradients are right, but nothing is learned by way of it, as if it were a constant.',
  suggestions: [
    {
      title:
        'replace it by something smooth, such as sigmoid or tanh, if what comes before is to learn from it',
    },
  ],
})

const without = (mute: readonly string[], evidence: Verdict['evidence']): Verdict => ({
  severity: 'warning',
  title: `the loss does not depend on ${listed(mute)}`,
  evidence: { ...(evidence as Record<string, string>), without: [...mute] },
  explanation:
    'They get no gradient and change nothing: a layer that is not used, or units that are dead from the start.',
  suggestions: [
    { title: 'leave the layer out, or use what it gives' },
    { title: 'start biases before ReLU at 0 or a little above' },
  ],
})
