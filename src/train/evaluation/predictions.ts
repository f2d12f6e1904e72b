import { ensure, formatShape, sameShape, sizeOf } from '../../core/index.ts'
import { type Labels, type Loader, prefetch } from '../../data/index.ts'
import type { Answers } from './answers.ts'
import type { Network } from './network.ts'

/** What a network says of samples, in their order. */
export interface Predictions {
  /** Row-major [count, width]: natural logarithms of the classes' probabilities, or predicted numbers. */
  readonly values: Float32Array
  /** The same of the samples as they are, where the values are those of several views and this is one of them. */
  readonly plain?: Float32Array
  /** Numbers per sample. */
  readonly width: number
  /** What is right: classes [count], or numbers [count, width]. */
  readonly labels: Labels
  /** Which samples of the split these are, [count]. */
  readonly samples: Uint32Array
}

/**
 * Runs a network over all samples of a loader, and averages what it says of the views of each.
 * @param loader of batches no smaller than those of the network, of raw samples: an exported file has its preprocessing inside.
 * @param watch is told after each batch how many samples are done.
 * @throws if the network does not take such samples, or gives another number of outputs than are to be read.
 */
export async function predictAll(
  network: Network,
  loader: Loader,
  answers: Answers,
  watch: (done: number, all: number) => void = () => {},
): Promise<Predictions> {
  expectFit(network, loader, answers)
  const { batchSize, views, plainView } = network
  const [count, size] = [loader.samplesPerEpoch, sizeOf(network.inputShape)]
  const [values, plain] = [0, 1].map(() => new Float32Array(count * answers.width)) as [
    Float32Array,
    Float32Array,
  ]
  const samples = new Uint32Array(count)
  const labels: Labels[] = []
  let done = 0
  for await (const batch of prefetch(loader.batches(0))) {
    labels.push(batch.labels.slice(0, (batch.labels.length / loader.batchSize) * batch.count))
    samples.set(batch.samples.subarray(0, batch.count), done)
    for (let row = 0; row < batch.count; row += batchSize) {
      const outputs = await network.run(batch.inputs.subarray(row * size, (row + batchSize) * size))
      const real = Math.min(batchSize, batch.count - row) * answers.outputs
      const said = outputs.map((output) => answers.read(output.subarray(0, real)))
      const at = (done + row) * answers.width
      values.set(answers.average(said), at)
      if (plainView >= 0) plain.set(said[plainView]!, at)
    }
    done += batch.count
    watch(done, count)
  }
  const result = { values, width: answers.width, labels: joined(labels), samples }
  return views > 1 && plainView >= 0 ? { ...result, plain } : result
}

function expectFit({ inputShape, outputs }: Network, loader: Loader, answers: Answers): void {
  const shape = loader.inputShape.slice(1)
  ensure(
    sameShape(shape, inputShape),
    `the network takes samples ${formatShape(inputShape)}, the data have ${formatShape(shape)}`,
    'evaluate it on the data that it was trained on, or on such as are like them',
  )
  ensure(
    outputs === answers.outputs,
    `the network gives ${outputs} numbers for a sample, expected ${answers.outputs}: one for each class or target`,
    'evaluate it on the data that it was trained on, or on such as are like them',
  )
}

function joined(parts: readonly Labels[]): Labels {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const all = parts[0] instanceof Int32Array ? new Int32Array(length) : new Float32Array(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
