import { sizeOf, type Tensor } from '../../core/index.ts'
import type { Loader } from '../../data/index.ts'
import { Graph, input } from '../../graph/index.ts'
import { type Layer, summary, trace } from '../../nn/index.ts'
import { type CompileOptions, compileGraph } from '../../runtime/index.ts'
import { classAnswers } from '../evaluation/answers.ts'
import { bindTensors } from '../step/step.ts'
import { names } from '../step/training-graph.ts'

/** What a trained network thinks of the labels of some samples. */
export interface Doubts {
  readonly samples: number
  /** How many it takes for another class. */
  readonly wrong: number
  /**
   * How many of those have a label that it finds less likely than most classes, and another that it thinks more likely than
   * not. Samples that are hard are taken for something like them: there the label comes second or third. Where it comes
   * near the end, the label may be wrong.
   */
  readonly implausible: number
  /** Some of the implausible ones, the surest first. */
  readonly worst: readonly Doubt[]
}

export interface Doubt {
  /** Its number in the training set. */
  readonly sample: number
  readonly label: number
  readonly predicted: number
  /** Of the predicted class. */
  readonly probability: number
}

/** Doubts about training samples and about validation samples, with the best weights. */
export interface LabelDoubts {
  readonly train: Doubts
  readonly validation?: Doubts
}

interface Parts extends CompileOptions {
  readonly model: Layer
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly inputShape: readonly number[]
  readonly classes: number
  readonly train: Loader
  readonly validation: Loader | undefined
}

/** How many samples are looked at, and multiply-adds that may be spent on that if there are more than a few. */
const SAMPLES = 2000
const FEW = 256
const WORK = 2e10

/** How many doubts are told one by one. */
const WORST = 20

/** Looks at the labels of some samples as the network in `tensors` sees them. Takes a fraction of the time of an epoch. */
export async function labelDoubts(parts: Parts): Promise<LabelDoubts> {
  const { model, inputShape, train, validation } = parts
  const { multiplyAdds } = summary(model, inputShape)
  const most = Math.max(FEW, Math.min(SAMPLES, Math.floor(WORK / Math.max(1, multiplyAdds))))
  return {
    train: await doubtsAbout(train, most, parts),
    ...(validation && { validation: await doubtsAbout(validation, most, parts) }),
  }
}

async function doubtsAbout(loader: Loader, most: number, parts: Parts): Promise<Doubts> {
  const { model, tensors, inputShape, classes, threads, lowering, programs } = parts
  const x = input(names.inputs, [loader.batchSize, ...inputShape])
  const traced = trace(model, x, { training: false })
  const graph = new Graph([x, ...traced.tensors.values()], { output: traced.output })
  const program = await compileGraph(graph, { threads, lowering, programs })
  bindTensors(program, tensors)
  const buffers = loader.allocate()
  const found: Doubt[] = []
  let [samples, wrong] = [0, 0]
  for (let step = 0; step < loader.batchesPerEpoch && samples < most; step++) {
    const real = await loader.read(0, step, buffers)
    ;(program.inputs[names.inputs]!.data as Float32Array).set(buffers.inputs)
    await program.run()
    const output = program.outputs.output!
    const logs = classAnswers(classes).read(
      (output.data as Float32Array).subarray(0, (real * sizeOf(output.shape)) / loader.batchSize),
    )
    for (let row = 0; row < real; row++) {
      const doubt = doubtOf(logs.subarray(row * classes, (row + 1) * classes), buffers.labels[row]!)
      if (!doubt) continue
      wrong++
      if (doubt.isImplausible)
        found.push({ sample: buffers.samples[row]!, label: buffers.labels[row]!, ...doubt.told })
    }
    samples += real
  }
  const worst = found.toSorted((a, b) => b.probability - a.probability).slice(0, WORST)
  return { samples, wrong, implausible: found.length, worst }
}

/** Undefined if the label is what is predicted. */
function doubtOf(logs: Float64Array, label: number) {
  let [predicted, likelier] = [0, 0]
  logs.forEach((log, c) => {
    if (log > logs[predicted]!) predicted = c
    if (log > logs[label]!) likelier++
  })
  if (predicted === label) return undefined
  const probability = Math.exp(logs[predicted]!)
  // Of two or three classes, the second is the last: only how sure it is tells.
  const isLast = logs.length > 3 ? likelier >= logs.length / 2 : probability > 0.9
  return {
    isImplausible: isLast && probability > 0.5,
    told: { predicted, probability: Number(probability.toFixed(4)) },
  }
}
