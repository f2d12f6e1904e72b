import { type Check, measured, short, type Verdict } from '../check.ts'

/** Samples that constant inputs are looked for in, at most. */
const SAMPLES = 512
/** From this share on, inputs that are never looked at deserve a word. */
const MANY = 0.5

/**
 * Whether what goes in makes a difference: other samples give other outputs, inputs are not the same in all samples, and a
 * gradient comes back to them. Weights are taken a little beside their start, where no last layer is 0.
 */
export const deadInputs: Check = {
  name: 'dead-inputs',
  title: 'inputs that make a difference',
  async run(subject) {
    const { inputs, count } = await subject.samples(SAMPLES)
    const size = inputs.length / count
    const { output, inputGradient } = await subject.atGeneric()
    const constant = countConstant(inputs, size)
    const unseen = countZero(inputGradient, size)
    const spread = spreadOverSamples(output.data as Float32Array, output.shape[0]!)
    const evidence = { inputs: size, constant, withoutGradient: unseen, outputSpread: measured(spread) }
    if (!(spread > 1e-7)) return deaf(evidence)
    const few = `${constant} of ${size} inputs are constant`
    if (constant > MANY * size && subject.inputShape.length === 1) return mostlyConstant(few, evidence)
    if (unseen < size && unseen > MANY * size) return overlooked(unseen / size, evidence)
    return { severity: 'fine', title: `outputs depend on the inputs; ${few} in ${count} samples`, evidence }
  },
}

function countConstant(inputs: Float32Array, size: number): number {
  let constant = 0
  for (let i = 0; i < size; i++) {
    let at = i
    while (at < inputs.length && inputs[at] === inputs[i]) at += size
    if (at >= inputs.length) constant++
  }
  return constant
}

function countZero(gradient: Float32Array, size: number): number {
  let zero = 0
  for (let i = 0; i < size; i++) {
    let at = i
    while (at < gradient.length && gradient[at] === 0) at += size
    if (at >= gradient.length) zero++
  }
  return zero
}

/** The largest difference between samples in one output, relative to the size of the outputs. */
function spreadOverSamples(output: Float32Array, count: number): number {
  const width = output.length / count
  let [widest, largest] = [0, 0]
  for (let k = 0; k < width; k++) {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (let row = 0; row < count; row++) {
      const value = output[row * width + k]!
      ;[low, high] = [Math.min(low, value), Math.max(high, value)]
      largest = Math.max(largest, Math.abs(value))
    }
    widest = Math.max(widest, high - low)
  }
  return largest > 0 ? widest / largest : 0
}

type Evidence = Verdict['evidence']

const deaf = (evidence: Evidence): Verdict => ({
  severity: 'problem',
  title: 'the outputs are the same for all samples',
  evidence,
  explanation:
    'Nothing of the inputs reaches the outputs: all that such a model can learn is how frequent the answers are.',
  suggestions: [
    { title: 'look in the check scale for the layer at which activations become 0, or all alike' },
    { title: 'look for units that are dead from the start: large negative biases before ReLU' },
  ],
})

const mostlyConstant = (few: string, evidence: Evidence): Verdict => ({
  severity: 'warning',
  title: few,
  evidence,
  explanation:
    'A feature that is the same for all samples says nothing, and its weights only take time and memory.',
  suggestions: [{ title: 'leave constant features out' }],
})

const overlooked = (share: number, evidence: Evidence): Verdict => ({
  severity: 'warning',
  title: `the network does not look at ${short(100 * share)}% of the inputs`,
  evidence,
  explanation: 'Changing them changes nothing: strides jump over them, or they are cropped.',
  suggestions: [{ title: 'use smaller strides, or kernels at least as wide as the stride' }],
})
