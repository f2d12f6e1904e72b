import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseJson } from '../../core/index.ts'
import type { EpochEvent, Scores, Sink, StepEvent, TrainEvent } from '../events.ts'
import { attempt } from '../run/file-error.ts'
import type { LayerStatistics, ParameterStatistics, StatisticsEvent } from '../statistics-event.ts'
import { EventFile, type SummaryValue, type TensorboardHistogram } from './event-file.ts'
import { confusionPicture, filtersPicture } from './pictures.ts'

/**
 * Writes what happens as a TensorBoard event file in a run folder: `tensorboard --logdir runs` shows it. Scalars of steps,
 * epochs and statistics, histograms of activations; pictures of the first filters, and of the
 * confusion matrix at the end, if the run has one.
 *
 * A run that goes on begins another file, which makes TensorBoard forget what was done again.
 * @throws the sink, if the file cannot be written.
 */
export function tensorboardLog(folder: string): Sink {
  let file: EventFile | undefined
  return (event) => {
    const at = Date.parse(event.time)
    const isNew = file === undefined
    file ??= new EventFile(folder, at)
    if (isNew && event.type === 'start' && event.resumed) file.restart(at, event.step + 1)
    file.add(at, event.step, [...valuesOf(event, folder)])
    if (event.type !== 'end') return
    file.close()
    file = undefined
  }
}

function valuesOf(event: TrainEvent, folder: string): readonly SummaryValue[] {
  switch (event.type) {
    case 'step':
      return stepValues(event)
    case 'epoch':
      return epochValues(event)
    case 'evaluation':
      // An epoch's evaluation comes with its epoch.
      return event.split === 'test' ? scoreValues('test', event.scores) : []
    case 'statistics':
      return statisticsValues(event)
    case 'end':
      return confusionValues(folder)
    default:
      return []
  }
}

/** Scalars, without those that are not there. */
const scalars = (values: readonly (readonly [tag: string, value: number | undefined])[]): SummaryValue[] =>
  values.flatMap(([tag, scalar]) => (scalar === undefined ? [] : [{ tag, scalar }]))

const stepValues = ({ loss, metrics, rate, samplesPerSecond }: StepEvent) =>
  scalars([
    ['loss/step', loss],
    ...Object.entries(metrics).map(([name, value]) => [`${name}/step`, value] as const),
    ['rate', rate],
    ['samples per second', samplesPerSecond],
  ])

const epochValues = ({ train, validation }: EpochEvent) => [
  ...scoreValues('train', train),
  ...(validation ? scoreValues('validation', validation) : []),
]

const scoreValues = (split: string, scores: Scores) =>
  scalars(Object.entries(scores).map(([name, value]) => [`${name}/${split}`, value]))

function statisticsValues({ layers, parameters, gradient, input, filters }: StatisticsEvent): SummaryValue[] {
  return [
    ...scalars([
      ['gradient/norm', gradient.norm],
      ['gradient/cosine', gradient.cosine],
      ['gradient/noise', gradient.noise],
      ['input/mean', input.mean],
      ['input/std', input.std],
    ]),
    ...layers.flatMap(layerValues),
    ...parameters.flatMap(parameterValues),
    ...(filters ? [{ tag: `filters/${filters.name}`, picture: filtersPicture(filters) }] : []),
  ]
}

function layerValues(layer: LayerStatistics): SummaryValue[] {
  const { mean, std, zeros, saturated, dead, gradient, histogram } = layer
  const path = layer.call === undefined ? layer.path : `${layer.path} call ${layer.call}`
  const values = scalars([
    [`activation mean/${path}`, mean],
    [`activation std/${path}`, std],
    [`activation zeros/${path}`, zeros],
    [`activation saturated/${path}`, saturated],
    [`dead units/${path}`, dead],
    [`activation gradient std/${path}`, gradient?.std],
  ])
  if (histogram) values.push({ tag: `activations/${path}`, histogram: histogramOf(layer, histogram) })
  return values
}

const parameterValues = ({ name, norm, gradientNorm, updateRatio }: ParameterStatistics) =>
  scalars([
    [`weight norm/${name}`, norm],
    [`gradient norm/${name}`, gradientNorm],
    [`update ratio/${name}`, updateRatio],
  ])

function histogramOf(
  { mean, std }: LayerStatistics,
  { from, to, counts }: NonNullable<LayerStatistics['histogram']>,
): TensorboardHistogram {
  const count = counts.reduce((sum, held) => sum + held, 0)
  const width = (to - from) / counts.length
  return {
    min: from,
    max: to,
    count,
    sum: mean * count,
    sumOfSquares: (std ** 2 + mean ** 2) * count,
    limits: counts.map((_, i) => (i + 1 === counts.length ? to : from + (i + 1) * width)),
    counts,
  }
}

/** From `evaluation.json`, if the run has one. */
function confusionValues(folder: string): SummaryValue[] {
  const path = join(folder, 'evaluation.json')
  if (!existsSync(path)) return []
  const text = attempt(`cannot read ${path}`, () => readFileSync(path, 'utf8'))
  const counts = parseJson(text, path).confusion
  return isSquare(counts) ? [{ tag: 'confusion', picture: confusionPicture(counts) }] : []
}

function isSquare(counts: unknown): counts is number[][] {
  return (
    Array.isArray(counts) &&
    counts.length > 0 &&
    counts.every(
      (row) => Array.isArray(row) && row.length === counts.length && row.every((n) => typeof n === 'number'),
    )
  )
}
