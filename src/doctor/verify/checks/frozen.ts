import { cloneTensor, type Tensor } from '../../../core/index.ts'
import { buffersOf, parametersOf } from '../../../nn/index.ts'
import { createTrainStep } from '../../../train/index.ts'
import type { Check, Verdict } from '../check.ts'
import type { Subject } from '../subject.ts'

/** Schedules may begin with a rate of 0, and momentum takes a step to begin. */
const STEPS = 3

/** Whether frozen parameters are, bit for bit, what they were after some steps of the recipe's own optimizer. */
export const frozen: Check = {
  name: 'frozen',
  title: 'frozen parameters that stay',
  async run(subject) {
    const { prepared } = subject
    const names = parametersOf(prepared.model).flatMap(({ name }) => (subject.frozen(name) ? [name] : []))
    if (names.length === 0) return { severity: 'fine', title: 'nothing is frozen', evidence: { frozen: 0 } }
    const kept = [...names, ...buffersBeside(subject, names)]
    const after = await train(subject)
    const changed = kept.filter((name) => !sameBits(subject.start.get(name)!, after.get(name)!))
    const evidence = { frozen: names.length, steps: STEPS, changed }
    if (changed.length > 0) return thaws(changed, evidence)
    return { severity: 'fine', title: `${names.length} frozen parameters stayed as they were`, evidence }
  },
}

/** Running statistics of layers all of whose parameters are frozen. */
function buffersBeside({ prepared: { model } }: Subject, names: readonly string[]): string[] {
  const layerOf = (name: string) => name.slice(0, name.lastIndexOf('.') + 1)
  const free = new Set(
    parametersOf(model).flatMap(({ name }) => (names.includes(name) ? [] : [layerOf(name)])),
  )
  const frozenLayers = new Set(names.map(layerOf))
  return buffersOf(model).flatMap(({ name }) =>
    frozenLayers.has(layerOf(name)) && !free.has(layerOf(name)) ? [name] : [],
  )
}

async function train(subject: Subject): Promise<ReadonlyMap<string, Tensor>> {
  const { prepared, inputShape, recipe, compile, start } = subject
  const { model, loss, optimizer, train } = prepared
  const samples = await subject.samples(subject.batchSize)
  const tensors = new Map([...start].map(([name, tensor]) => [name, cloneTensor(tensor)]))
  const step = await createTrainStep({
    ...compile,
    model,
    loss,
    optimizer,
    inputShape,
    tensors,
    batchSize: samples.count,
    horizon: { steps: recipe.epochs * train.batchesPerEpoch, stepsPerEpoch: train.batchesPerEpoch },
    seed: recipe.seed,
  })
  step.inputs.data.set(samples.inputs)
  ;(step.targets.data as Float32Array).set(samples.labels)
  for (let i = 0; i < STEPS; i++) await step.run(i)
  step.end()
  return tensors
}

const sameBits = (a: Tensor, b: Tensor) =>
  Buffer.compare(
    new Uint8Array(a.data.buffer, a.data.byteOffset, a.data.byteLength),
    new Uint8Array(b.data.buffer, b.data.byteOffset, b.data.byteLength),
  ) === 0

const thaws = (changed: readonly string[], evidence: Verdict['evidence']): Verdict => ({
  severity: 'problem',
  title: `${changed.slice(0, 3).join(', ')}${changed.length > 3 ? ', ...' : ''} changed, although frozen`,
  evidence,
  explanation: 'What was learned before and should be kept is being overwritten.',
  suggestions: [{ title: 'freeze it by name: groups([{ match: "features.*", freeze: true }])' }],
})
