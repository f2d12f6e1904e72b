import type { Occasion } from '../../augment/index.ts'
import type { JsonObject, Tensor } from '../../core/index.ts'
import type { Untimed } from '../events.ts'
import type { StatisticsEvent } from '../statistics-event.ts'
import type { StepResult } from '../step/step.ts'
import { filters, filtersOf } from './filters.ts'
import { layerStatistics, momentsOf } from './layer-statistics.ts'
import { GradientNoise, type NoiseMemory } from './noise.ts'
import { isSampled, type StatisticsOptions } from './options.ts'
import { ParameterReader } from './parameter-statistics.ts'
import { Pass, type PassOptions, samplesOf } from './pass.ts'
import { rounded } from './rounded.ts'
import { ActiveUnits, type UnitsMemory } from './units.ts'
import { outputsOf } from './watch.ts'

/** What statistics carry from one step to the next; goes into checkpoints. */
export interface StatisticsMemory extends JsonObject {
  readonly units: UnitsMemory
  readonly noise: NoiseMemory
}

/** What statistics leave in the progress of a run. */
export interface StatisticsProgress {
  /** Absent before the first step that was looked at. */
  statistics?: StatisticsMemory
}

export interface StatisticsParts extends PassOptions, Required<StatisticsOptions> {
  readonly stepsPerEpoch: number
  /** Where the run stands; what the statistics of later steps go on from is written into it. */
  readonly progress: StatisticsProgress
  readonly emit: (event: Untimed) => Promise<void>
}

/**
 * Looks at some of the steps of a run: at the first samples of their batches with a pass of its own, and at parameters, gradients
 * and updates where they lie. Never changes what the run comes to.
 */
export class Statistics {
  readonly #parts: StatisticsParts
  readonly #pass: Pass
  readonly #reader: ParameterReader
  readonly #units: ActiveUnits
  readonly #noise: GradientNoise
  readonly #filters: string | undefined

  constructor(parts: StatisticsParts) {
    const { step, tensors, progress } = parts
    this.#parts = parts
    this.#pass = new Pass(parts)
    this.#reader = new ParameterReader(tensors, step.gradients)
    this.#units = new ActiveUnits(progress.statistics?.units)
    this.#noise = new GradientNoise(progress.statistics?.noise)
    this.#filters = filtersOf(this.#pass.watched.training.calls)
  }

  /**
   * Does step number `step` (from 0), and tells what it was like if it is one to look at: unless it fails, for then that is
   * looked into instead.
   */
  async run(step: number, factor: number, occasion: Occasion): Promise<StepResult> {
    const { step: trainStep, every, stepsPerEpoch, progress, emit } = this.#parts
    if (!isSampled(step + 1, every, stepsPerEpoch)) return trainStep.run(step, factor, occasion)
    let outputs: Outputs = {}
    const result = await trainStep.run(step, factor, occasion, {
      begin: async () => {
        this.#reader.keepGradients()
        outputs = await this.#pass.run(step, occasion)
      },
      beforeUpdate: () => this.#reader.readBefore(),
    })
    if (!Number.isFinite(result.loss) || result.broken !== undefined) return result
    const event = this.#event(step, occasion, outputs)
    progress.statistics = { units: this.#units.memory, noise: this.#noise.memory }
    await emit(event)
    return result
  }

  #event(step: number, { epoch }: Occasion, outputs: Outputs): UntimedStatistics {
    const { step: trainStep, histograms } = this.#parts
    const samples = samplesOf(trainStep.graph.batchSize)
    const [batchSize] = trainStep.inputs.shape as [number]
    this.#units.look(epoch + 1, samples)
    const options = { outputs, bins: histograms, share: samples / batchSize, units: this.#units }
    const { calls, training } = this.#pass.watched
    const parameters = this.#reader.readAfter()
    const { square, cosine } = this.#reader.gradient
    const squares = training.parameters.map((name) => Number(outputs[outputsOf.square(name)]!.data[0]))
    const few = { samples, square: squares.reduce((sum, value) => sum + value, 0) }
    this.#noise.add(few, { samples: batchSize, square })
    const { scale } = this.#noise
    return {
      type: 'statistics',
      step: step + 1,
      epoch: epoch + 1,
      samples,
      epochSamples: this.#units.samples,
      layers: calls.map((call, i) => layerStatistics(call, i, options)),
      parameters,
      gradient: {
        norm: rounded(Math.sqrt(square)),
        ...(cosine !== undefined && { cosine: rounded(cosine) }),
        ...(scale !== undefined && { noise: rounded(scale) }),
      },
      input: momentsOf(outputs[outputsOf.input]!),
      ...this.#drawn(step + 1),
    }
  }

  /** The first filters in the first event, and in the last of each epoch. */
  #drawn(step: number): Pick<StatisticsEvent, 'filters'> {
    const { stepsPerEpoch, every, tensors } = this.#parts
    const isLast = stepsPerEpoch < every ? step % every === 0 : step % stepsPerEpoch === 0
    if (this.#filters === undefined || !(step === 1 || isLast)) return {}
    return { filters: filters(this.#filters, tensors.get(this.#filters)!) }
  }
}

type Outputs = Readonly<Record<string, Tensor>>
type UntimedStatistics = Extract<Untimed, { readonly type: 'statistics' }>
