import { cloneTensor, Random, type Tensor } from '../../src/core/index.ts'
import { fitNormalizer, loader, type MemoryClasses, makeDataset, makeSplit } from '../../src/data/index.ts'
import * as nn from '../../src/nn/index.ts'
import { type Optimizer, sgd } from '../../src/optim/index.ts'
import { createEvaluator } from '../../src/train/evaluation/evaluate.ts'
import type { TrainEvent } from '../../src/train/events.ts'
import { type FitOptions, fit } from '../../src/train/fit.ts'
import type { Recipe } from '../../src/train/recipe/recipe.ts'
import type { Checkpoint } from '../../src/train/run/checkpoint.ts'
import type { Keeper, Kind } from '../../src/train/run/keeper.ts'
import { createTrainStep } from '../../src/train/step/step.ts'

/** Three noisy clouds of points in `features` dimensions: learned in a few steps, but never perfectly. */
export function clouds(train: number, test = 30, features = 6): MemoryClasses {
  const random = new Random('clouds')
  const centers = Array.from({ length: 3 * features }, () => random.normal(0, 1.2))
  const split = (count: number) => {
    const labels = Int32Array.from({ length: count }, () => random.integer(3))
    const inputs = Float32Array.from({ length: count * features }, (_, i) => {
      const [row, column] = [Math.floor(i / features), i % features]
      return centers[labels[row]! * features + column]! + random.normal()
    })
    return makeSplit(inputs, labels, [features])
  }
  return makeDataset({
    name: 'clouds',
    train: split(train),
    test: split(test),
    inputRange: [-10, 10],
    classes: ['a', 'b', 'c'],
  })
}

/** Keeps copies of the newest and the best checkpoint. */
export function copyingKeeper(): Keeper & { readonly held: Partial<Record<Kind, Checkpoint>> } {
  const held: Partial<Record<Kind, Checkpoint>> = {}
  const copy = ({ tensors, state }: Checkpoint): Checkpoint => ({
    tensors: copied(tensors),
    state: structuredClone(state),
  })
  return {
    held,
    save(kind, checkpoint) {
      held[kind] = copy(checkpoint)
      return undefined
    },
    loadBest: () => held.best && copy(held.best),
  }
}

/** What a run came to, for comparisons bit by bit: without times. */
export interface Story {
  readonly weights: ReadonlyMap<string, Tensor>
  readonly best: ReadonlyMap<string, Tensor>
  readonly last: ReadonlyMap<string, Tensor>
  readonly test: unknown
  readonly bestEpoch: number | undefined
  readonly epochs: readonly unknown[]
}

/** Runs a recipe to its end, stopped by `maxSteps` after each number of steps in `stops` and resumed. */
export async function runInParts(
  recipe: Recipe,
  stops: readonly number[] = [],
  options: FitOptions = {},
): Promise<Story> {
  const keeper = copyingKeeper()
  const events: TrainEvent[] = []
  const sinks = [(event: TrainEvent) => void events.push(event)]
  const common = { threads: 1, ...options, keeper }
  for (const maxSteps of stops) await fit(recipe, { ...common, maxSteps, resume: keeper.held.last })
  const trained = await fit(recipe, { ...common, sinks, resume: keeper.held.last })
  const epochs = events.flatMap((event) =>
    event.type === 'epoch' ? [{ ...event, time: '', seconds: 0, samplesPerSecond: 0 }] : [],
  )
  return {
    weights: trained.tensors,
    best: keeper.held.best!.tensors,
    last: keeper.held.last!.tensors,
    test: trained.outcome === 'finished' && trained.test,
    bestEpoch: trained.progress.best?.epoch,
    epochs,
  }
}

/** A step and an evaluator of a model over the same tensors, on samples in a fixed order. */
export async function laboratory(
  data: MemoryClasses,
  model: nn.Layer,
  options: { optimizer?: Optimizer; accumulate?: number } = {},
) {
  const { optimizer = sgd(0.1), accumulate } = options
  const tensors = nn.initialize(model, 1)
  const common = { model, loss: nn.losses.crossEntropy(), inputShape: [6], tensors, threads: 1 }
  const horizon = { steps: 20, stepsPerEpoch: 5 }
  const step = await createTrainStep({ ...common, optimizer, accumulate, batchSize: 32, horizon, seed: 0 })
  const normalizer = fitNormalizer(data.train)
  const batches = (count: number, batchSize: number) =>
    loader(
      data.train,
      Uint32Array.from({ length: count }, (_, i) => i),
      { batchSize, shuffle: false, normalizer },
    )
  return {
    tensors,
    evaluate: createEvaluator(common),
    batches,
    async train(from: number, to: number) {
      const train = batches(192, 32)
      for (let at = from; at < to; at++) {
        train.read(0, at % 6, {
          inputs: step.inputs.data,
          labels: step.targets.data as Int32Array,
          samples: new Uint32Array(32),
        })
        await step.run(at)
      }
    },
  }
}

export const copied = (tensors: ReadonlyMap<string, Tensor>) =>
  new Map([...tensors].map(([name, held]) => [name, cloneTensor(held)]))
