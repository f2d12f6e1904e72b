/**
 * Made-up runs for the tests and the pictures of the dashboard: events as training writes them, of numbers that look real.
 *
 * Usage: npx jiti test/dashboard/synthetic.ts FOLDER   (makes the runs of the pictures)
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TrainEvent } from '../../src/train/events.ts'
import type { LayerStatistics, ParameterStatistics } from '../../src/train/statistics-event.ts'

export interface SyntheticOptions {
  readonly epochs?: number
  readonly stepsPerEpoch?: number
  /** Statistics every so many steps; none by default. */
  readonly statisticsEvery?: number
  /** Stops after this epoch, without an end unless `outcome` says so. */
  readonly until?: number
  readonly outcome?: 'finished' | 'interrupted' | 'failed'
  readonly findings?: boolean
  readonly evaluation?: boolean
  /** The final training loss, and how far validation is above it. */
  readonly loss?: number
  readonly gap?: number
  readonly rate?: number
  readonly seed?: number
  readonly data?: string
  readonly model?: string
  /** When it began; the runs of a list are sorted by it. */
  readonly began?: number
}

/** Numbers from 0 to 1 that look random (Mulberry32). */
export function noise(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const layerNames = ['conv1', 'conv2', 'conv3', 'conv4', 'conv5', 'fc']

/** The events of a made-up run. */
export function syntheticEvents(run: string, options: SyntheticOptions = {}): TrainEvent[] {
  const { epochs = 15, stepsPerEpoch = 40, statisticsEvery, until = epochs, rate = 0.1, seed = 1 } = options
  const {
    loss: last = 0.05,
    gap = 0.08,
    began = Date.UTC(2026, 0, 2, 3, 4, 5),
    outcome = 'finished',
  } = options
  const random = noise(seed)
  const total = epochs * stepsPerEpoch
  const perStep = 40
  const events: TrainEvent[] = [startOf(run, options)]
  const lossAt = (step: number) => last + (2.4 - last) * Math.exp((-5.5 * step) / total)
  const accuracyAt = (loss: number) => Math.max(0.1, 1 - 0.42 * loss)
  let best = Number.POSITIVE_INFINITY
  for (let step = 1; step <= until * stepsPerEpoch; step++) {
    const epoch = Math.ceil(step / stepsPerEpoch)
    const batch = step - (epoch - 1) * stepsPerEpoch
    const time = new Date(began + step * perStep).toISOString()
    const factor = Math.min(1, step / stepsPerEpoch) * 0.5 * (1 + Math.cos((Math.PI * step) / total))
    const loss = lossAt(step) * (0.8 + 0.4 * random())
    const metrics = { accuracy: Math.min(1, accuracyAt(loss)) }
    const speed = 3200 * (0.95 + 0.1 * random())
    const common = { time, step, epoch }
    events.push({ type: 'step', ...common, batch, batches: stepsPerEpoch, loss, rate: rate * factor, metrics, seconds: 0.04, samplesPerSecond: speed }) // biome-ignore format: a line of the log
    if (statisticsEvery && step % statisticsEvery === 0) {
      events.push({ type: 'statistics', ...common, ...statistics(step / total, random) })
    }
    if (batch < stepsPerEpoch) continue
    const train = { loss: lossAt(step), accuracy: accuracyAt(lossAt(step)) }
    const rise = gap * (0.4 + (1.6 * step) / total)
    const valLoss = lossAt(step) + rise * (0.9 + 0.2 * random())
    const validation = { loss: valLoss, accuracy: accuracyAt(valLoss) - 0.01 * random() }
    const isBest = valLoss < best
    best = Math.min(best, valLoss)
    events.push({ type: 'epoch', ...common, epochs, batches: stepsPerEpoch, train, validation, best: isBest, rate: rate * factor, seconds: 1.7, samplesPerSecond: 3190 }) // biome-ignore format: a line of the log
  }
  const steps = until * stepsPerEpoch
  const time = new Date(began + steps * perStep).toISOString()
  if (options.findings)
    for (const finding of findings) events.push({ type: 'finding', time, step: steps, ...finding })
  if (until < epochs && options.outcome === undefined) return events
  const scores = { loss: last + gap * 2, accuracy: accuracyAt(last + 2 * gap) }
  if (outcome === 'finished')
    events.push({ type: 'evaluation', time, step: steps, split: 'test', epoch: until, scores, samples: 360, seconds: 0.3 }) // biome-ignore format: a line of the log
  const test = outcome === 'finished' ? { testAccuracy: scores.accuracy, testLoss: scores.loss } : {}
  events.push({ type: 'end', time, step: steps, run, outcome, ...test, bestEpoch: until, epochs: until, steps, seconds: steps * 0.04 + 3, imagesPerSecond: 3200, parameters: 1_248_586, files: [] }) // biome-ignore format: a line of the log
  return events
}

function startOf(run: string, options: SyntheticOptions): TrainEvent {
  const { epochs = 15, stepsPerEpoch = 40, began = Date.UTC(2026, 0, 2, 3, 4, 5), seed = 1 } = options
  return {
    type: 'start',
    time: new Date(began).toISOString(),
    step: 0,
    run,
    resumed: false,
    data: {
      name: options.data ?? 'cifar10',
      train: 45_000,
      validation: 5_000,
      test: 10_000,
      inputShape: [3, 32, 32],
      classes: 10,
    },
    model: { name: options.model ?? 'vgg', parameters: 1_248_586, multiplyAdds: 61_000_000 },
    epochs,
    batchSize: 128,
    stepsPerEpoch,
    device: 'cpu',
    threads: 2,
    seed,
  }
}

/** Statistics at a point of the run, 0 to 1. */
function statistics(at: number, random: () => number) {
  const layers = layerNames.slice(0, -1).map((_, depth): LayerStatistics => {
    const spread = 0.9 * (1 + 0.35 * at * depth)
    // Half of a bell, and on top of its first bin the half that a ReLU makes 0.
    const counts = Array.from({ length: 30 }, (_, bin) => {
      const value = ((bin + 0.5) * 4.4) / 30
      return Math.round(900 * Math.exp(-((value / spread) ** 2) / (2 + depth)) * (0.9 + 0.2 * random()))
    })
    counts[0]! += counts.reduce((sum, count) => sum + count, 0)
    return {
      path: `act${depth + 1}`,
      type: 'relu',
      mean: 0.4 * spread,
      std: 0.6 * spread,
      zeros: 0.5,
      dead: Math.max(0, 0.02 * depth + 0.12 * at * depth * depth * 0.2 + 0.01 * random()),
      histogram: { from: 0, to: 4.4, counts },
      gradient: { mean: 0, std: 1e-3 * 10 ** (-(4 - depth) * (0.25 - 0.15 * at)) * (0.8 + 0.4 * random()) },
    }
  })
  const parameters = layerNames.flatMap((name, depth): ParameterStatistics[] => [
    parameter(`${name}.weight`, 2e-3 * 10 ** (-0.16 * depth) * (1.4 - at) * (0.8 + 0.4 * random())),
    parameter(`${name}.bias`, 6e-3 * (1.4 - at) * (0.7 + 0.6 * random())),
  ])
  const gradient = {
    norm: 1.8 * (1.2 - at) * (0.8 + 0.4 * random()),
    cosine: 0.3 * random(),
    noise: 200 + 900 * at,
  }
  return { layers, parameters, gradient, input: { mean: 0, std: 1 }, filters }
}

const parameter = (name: string, updateRatio: number): ParameterStatistics => ({
  name,
  norm: 8,
  gradientNorm: 300 * updateRatio,
  std: 0.05,
  gradientStd: updateRatio,
  updateRatio,
})

/** Edges, blobs and colors, as a first layer learns them. */
const filters = {
  name: 'conv1.weight',
  shape: [32, 3, 5, 5],
  values: Array.from({ length: 32 * 75 }, (_, i) => {
    const [filter, channel, y, x] = [Math.floor(i / 75), Math.floor(i / 25) % 3, Math.floor(i / 5) % 5, i % 5]
    const angle = (filter * Math.PI) / 8
    const along = (x - 2) * Math.cos(angle) + (y - 2) * Math.sin(angle)
    const tint = filter % 4 === 3 ? Math.cos(channel * 2.1 + filter) : 1
    return Number(
      (
        Math.cos(along * (1 + (filter % 3) * 0.4)) *
        Math.exp(-((x - 2) ** 2 + (y - 2) ** 2) / 6) *
        tint
      ).toFixed(4),
    )
  }),
}

const findings = [
  {
    check: 'over-fitting',
    severity: 'problem',
    title: 'Validation loss has risen since epoch 9 while training loss went on falling',
    evidence: {
      bestEpoch: 9,
      validationLoss: [0.71, 0.62, 0.58, 0.57, 0.59, 0.64, 0.7],
      trainLoss: 0.06,
      gap: 0.64,
    },
    explanation:
      'The network learns the training samples by heart. What it learns since epoch 9 does not hold for samples that it has not seen.',
    suggestions: [
      { title: 'augment the pictures', change: { augment: 'standard' } },
      { title: 'decay the weights five times as much', change: { weightDecay: 2.5e-3 } },
      { title: 'stop when validation no longer improves', change: { hooks: ['earlyStopping(5)'] } },
    ],
    more: 'docs/doctor.md#over-fitting',
  },
  {
    check: 'dead-units',
    severity: 'warning',
    title: '38% of the units of act5 have not been active for a whole epoch',
    evidence: { layer: 'act5', dead: 0.38, units: 512, sinceEpoch: 11 },
    explanation:
      'A ReLU that is 0 for every sample gets no gradient and stays so. A rate that is too high is the usual cause.',
    suggestions: [{ title: 'halve the learning rate', change: { rate: 0.05 } }],
  },
  {
    check: 'update-ratio',
    severity: 'fine',
    title: 'Updates are 1.1e-3 of the weights: about right',
    evidence: { median: 1.1e-3, lowest: 4e-4, highest: 2.4e-3 },
  },
] as const

const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck']

/** What `evaluation.json` of a made-up run says. */
export function syntheticEvaluation(seed = 1) {
  const random = noise(seed)
  const confusion = classes.map((_, label) =>
    classes.map((_, predicted) => {
      if (label === predicted) return 880 + Math.round(60 * random())
      const alike = (label === 3 && predicted === 5) || (label === 5 && predicted === 3)
      return Math.round((alike ? 70 : 12) * random() ** 2)
    }),
  )
  const worst = Array.from({ length: 12 }, (_, i) => ({
    sample: Math.floor(random() * 10_000),
    label: classes[(3 * i) % 10]!,
    predicted: classes[(3 * i + 5) % 10]!,
    probability: 1e-5 * (1 + random()),
    confidence: 0.999 - 0.01 * i,
    loss: 11 - 0.4 * i,
  }))
  const scores = classes.map((name, i) => {
    const support = confusion[i]!.reduce((sum, n) => sum + n, 0)
    const recall = confusion[i]![i]! / support
    return { name, precision: recall - 0.01, recall, f1: recall - 0.005, support }
  })
  const right = confusion.reduce((sum, row, i) => sum + row[i]!, 0)
  const samples = scores.reduce((sum, { support }) => sum + support, 0)
  const accuracy = right / samples
  return { task: 'classification', split: 'test', samples, accuracy, interval: [accuracy - 0.006, accuracy + 0.006], classes: scores, confusion, worst } // biome-ignore format: one object
}

/** The text of a log; the time comes first, as training writes it. */
export const logOf = (events: readonly TrainEvent[]): string =>
  events.map(({ time, ...event }) => `${JSON.stringify({ time, ...event })}\n`).join('')

/** Makes the folder of a made-up run. @returns its path. */
export function writeRun(root: string, name: string, options: SyntheticOptions = {}): string {
  const folder = join(root, name)
  mkdirSync(folder, { recursive: true })
  const { epochs = 15, seed = 1, data: set = 'cifar10' } = options
  const recipe = { name: set, optimizer: 'sgd', loss: 'crossEntropy', epochs, batchSize: 128, seed }
  writeFileSync(join(folder, 'recipe.json'), JSON.stringify({ gradus: '0.1.0', settings: {}, recipe }))
  writeFileSync(join(folder, 'events.jsonl'), logOf(syntheticEvents(`runs/${name}`, options)))
  if (options.evaluation)
    writeFileSync(join(folder, 'evaluation.json'), JSON.stringify(syntheticEvaluation(seed)))
  return folder
}

/** The runs that the pictures in `docs/` show. */
export function writeGallery(root: string): void {
  const hour = (h: number) => Date.UTC(2026, 0, 2, h, 12)
  const common = { epochs: 20, stepsPerEpoch: 352, statisticsEvery: 100 }
  writeRun(root, 'vgg-cosine', { ...common, findings: true, evaluation: true, gap: 0.3, began: hour(14) })
  writeRun(root, 'vgg-augmented', {
    ...common,
    loss: 0.2,
    gap: 0.06,
    seed: 2,
    evaluation: true,
    began: hour(12),
  })
  writeRun(root, 'resnet18', { ...common, model: 'resnet18', loss: 0.12, gap: 0.1, seed: 3, until: 13, outcome: 'interrupted', began: hour(9) }) // biome-ignore format: one run
  writeRun(root, 'lenet-high-rate', { ...common, model: 'lenet', loss: 1.4, gap: 0.1, rate: 1, seed: 4, until: 6, outcome: 'failed', began: hour(8) }) // biome-ignore format: one run
  writeRun(root, 'digits-1', { data: 'digits', model: 'cnn', seed: 5, loss: 0.02, gap: 0.03, began: hour(7) })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) writeGallery(process.argv[2]!)
