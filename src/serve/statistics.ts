import type { FiltersView, HistogramView, LayerView, ParameterView, Samples, StatisticsView } from './api.ts'
import { brief } from './downsample.ts'
import { type Fields, fieldsOf, numberOf, numbersOf, recordsOf, textOf } from './fields.ts'

/** Samples that are held: beyond this every other one is let go. */
const MOST_HELD = 256
/** Samples that the page is given, of numbers and of histograms. */
const MOST_SHOWN = 128
const MOST_HISTOGRAMS = 14
const MOST_LAYERS = 200
const MOST_PARAMETERS = 400
const MOST_BINS = 256

interface Sample {
  readonly x: number
  readonly step: number
  readonly event: Fields
}

/** The statistics of a run: samples, evenly over what was seen. */
export class Statistics {
  #samples: Sample[] = []
  #latest: Sample | undefined
  #stride = 1
  #count = 0
  #filters: FiltersView | undefined

  /** Takes a `statistics` event, which happened at `x` epochs. */
  add(event: Fields, x: number): void {
    const sample = { x, step: numberOf(event, 'step') ?? 0, event }
    this.#latest = sample
    this.#filters = filtersOf(fieldsOf(event, 'filters')) ?? this.#filters
    if (this.#count++ % this.#stride === 0) this.#samples.push(sample)
    if (this.#samples.length < MOST_HELD) return
    this.#samples = this.#samples.filter((_, i) => i % 2 === 0)
    this.#stride *= 2
  }

  /** What the page shows; undefined if there was nothing. */
  view(): StatisticsView | undefined {
    if (this.#latest === undefined) return undefined
    const held = this.#samples.filter((sample) => sample !== this.#latest)
    const samples = [...evenly(held, MOST_SHOWN - 1), this.#latest]
    const numbers = (read: (event: Fields) => number | undefined): Samples =>
      samples.map(({ event }) => orNull(read(event)))
    return {
      x: samples.map((sample) => brief(sample.x)),
      steps: samples.map((sample) => sample.step),
      layers: layersOf(samples),
      parameters: parametersOf(samples),
      gradient: {
        norm: numbers((event) => numberOf(fieldsOf(event, 'gradient'), 'norm')),
        cosine: numbers((event) => numberOf(fieldsOf(event, 'gradient'), 'cosine')),
        noise: numbers((event) => numberOf(fieldsOf(event, 'gradient'), 'noise')),
      },
      ...(this.#filters && { filters: this.#filters }),
    }
  }
}

/** About `most` of the elements, at equal distances, with the first. */
function evenly<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all]
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!)
}

const orNull = (value: number | undefined) => (value === undefined ? null : brief(value))

/** Everything of a layer or parameter by its name: what each sample says of it. */
function byName(samples: readonly Sample[], key: string, most: number, nameOf: (record: Fields) => string) {
  const found = new Map<string, (Fields | undefined)[]>()
  samples.forEach(({ event }, at) => {
    for (const record of recordsOf(event, key, most)) {
      const name = nameOf(record)
      let records = found.get(name)
      if (!records) {
        if (found.size >= most) continue
        records = new Array<Fields | undefined>(samples.length).fill(undefined)
        found.set(name, records)
      }
      records[at] = record
    }
  })
  return found
}

function layersOf(samples: readonly Sample[]): LayerView[] {
  const found = byName(samples, 'layers', MOST_LAYERS, (record) => {
    const call = numberOf(record, 'call')
    const path = textOf(record, 'path') ?? ''
    return call === undefined ? path : `${path} (call ${call})`
  })
  const shown = new Set(evenly([...samples.keys()].slice(0, -1), MOST_HISTOGRAMS - 1))
  return [...found].map(([name, records]) => {
    const numbers = (key: string): Samples => records.map((record) => orNull(record && numberOf(record, key)))
    return {
      name,
      type: textOf(records.find((record) => record !== undefined)!, 'type') ?? '',
      mean: numbers('mean'),
      std: numbers('std'),
      zeros: numbers('zeros'),
      saturated: numbers('saturated'),
      dead: numbers('dead'),
      gradient: records.map((record) => orNull(record && numberOf(fieldsOf(record, 'gradient'), 'std'))),
      histograms: records.flatMap((record, at) => {
        const isShown = shown.has(at) || at === samples.length - 1
        const histogram = record && isShown ? histogramOf(fieldsOf(record, 'histogram'), at) : undefined
        return histogram ? [histogram] : []
      }),
    }
  })
}

function histogramOf(held: Fields, at: number): HistogramView | undefined {
  const [from, to] = [numberOf(held, 'from'), numberOf(held, 'to')]
  const counts = numbersOf(held, 'counts', MOST_BINS)
  if (from === undefined || to === undefined || counts === undefined || from > to) return undefined
  return { at, from: brief(from), to: brief(to), counts }
}

function parametersOf(samples: readonly Sample[]): ParameterView[] {
  const found = byName(samples, 'parameters', MOST_PARAMETERS, (record) => textOf(record, 'name') ?? '')
  return [...found].map(([name, records]) => {
    const numbers = (key: string): Samples => records.map((record) => orNull(record && numberOf(record, key)))
    return { name, updateRatio: numbers('updateRatio'), gradientNorm: numbers('gradientNorm') }
  })
}

function filtersOf(held: Fields): FiltersView | undefined {
  const name = textOf(held, 'name')
  const shape = numbersOf(held, 'shape', 4)
  const values = numbersOf(held, 'values', 1 << 16)
  if (name === undefined || shape?.length !== 4 || !shape.every((n) => Number.isInteger(n) && n > 0))
    return undefined
  const size = shape.reduce((product, n) => product * n, 1)
  if (values?.length !== size) return undefined
  return { name, shape: shape as unknown as FiltersView['shape'], values }
}
