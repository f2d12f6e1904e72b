import { cloneTensor, type Tensor } from '../../core/index.ts'
import { byRate, chain, scaleByAdam } from '../../optim/index.ts'
import { createTrainStep, type TrainStep } from '../../train/index.ts'
import type { Samples, Subject } from './subject.ts'

/**
 * Trains a copy of the model on one batch, over and over: no chance, no regularization, no augmentation, Adam. What the recipe
 * freezes stays frozen. Training begins where the run would.
 */
export class Trainer {
  /** Parameters and buffers, which change with each step. */
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly #step: TrainStep
  #count = 0

  private constructor(step: TrainStep, tensors: ReadonlyMap<string, Tensor>) {
    this.#step = step
    this.tensors = tensors
  }

  static async create(subject: Subject, { inputs, labels, count }: Samples): Promise<Trainer> {
    const { prepared, calmModel: model, inputShape, start, recipe, compile } = subject
    const tensors = new Map([...start].map(([name, tensor]) => [name, cloneTensor(tensor)]))
    const freezing = prepared.optimizer.links.filter((link) => link.group)
    const step = await createTrainStep({
      ...compile,
      model,
      inputShape,
      tensors,
      loss: prepared.loss,
      batchSize: count,
      optimizer: chain(...freezing, scaleByAdam(), byRate(1)),
      horizon: {},
      seed: recipe.seed,
    })
    step.inputs.data.set(inputs)
    ;(step.targets.data as Float32Array).set(labels)
    return new Trainer(step, tensors)
  }

  /**
   * One step with a learning rate.
   * @returns the loss before the step and how many predictions were right; if the loss is not finite, nothing changed.
   */
  async run(rate: number): Promise<{ readonly loss: number; readonly correct: number | undefined }> {
    return this.#step.run(this.#count++, rate)
  }

  /** A copy of the parameters, to come back to. */
  snapshot(): ReadonlyMap<string, Tensor> {
    return new Map([...this.tensors].map(([name, tensor]) => [name, cloneTensor(tensor)]))
  }

  /** Goes back to parameters, with fresh memory of gradients. */
  restore(snapshot: ReadonlyMap<string, Tensor>): void {
    for (const [name, { data }] of this.tensors)
      (data as Float32Array).set(snapshot.get(name)!.data as Float32Array)
    for (const { data } of this.#step.state.values()) (data as Float32Array).fill(0)
    this.#count = 0
  }

  /** Ends the threads that it started. */
  end(): void {
    this.#step.end()
  }
}
