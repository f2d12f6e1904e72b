import { existsSync, readdirSync, readFileSync } from 'node:fs'
import {
  attempt,
  type EpochEvent,
  type JsonObject,
  openRunFolder,
  parseJson,
  readEvents,
  type Scores,
  type StartEvent,
  type TrainEvent,
} from '../train/index.ts'
import { grouped, table } from './table.ts'

/** What a run is and how far it came, from its folder. */
export interface RunDescription {
  readonly run: string
  /** The recipe with its defaults. */
  readonly recipe: JsonObject
  readonly outcome: 'finished' | 'interrupted' | 'failed' | 'running or killed'
  readonly data: StartEvent['data'] | undefined
  readonly model: StartEvent['model'] | undefined
  /** Done, and in the whole run; 0 of 0 before it began. */
  readonly epochs: readonly [done: number, all: number]
  readonly steps: readonly [done: number, all: number]
  readonly best: { readonly epoch: number; readonly scores: Scores } | undefined
  readonly test: Scores | undefined
  readonly files: readonly string[]
}

/** @throws if there is no run in the folder. */
export function describeRun(path: string): RunDescription {
  const folder = openRunFolder(path)
  const recipeFile = folder.file('recipe.json')
  const text = attempt(`cannot read ${recipeFile}`, () => readFileSync(recipeFile, 'utf8'))
  const events = existsSync(folder.events.path) ? readEvents(folder.events.path) : []
  return {
    run: path,
    recipe: (parseJson(text, recipeFile).recipe ?? {}) as JsonObject,
    ...progressOf(events),
    files: readdirSync(path, { recursive: true, encoding: 'utf8', withFileTypes: false }).sort(),
  }
}

function progressOf(events: readonly TrainEvent[]): Omit<RunDescription, 'run' | 'recipe' | 'files'> {
  const last = <T extends TrainEvent['type']>(type: T, fits: (event: TrainEvent & { type: T }) => boolean) =>
    events.findLast(
      (event): event is Extract<TrainEvent, { type: T }> =>
        event.type === type && fits(event as TrainEvent & { type: T }),
    )
  const any = () => true
  const start = last('start', any)
  const epoch = last('epoch', (event) => event.batch === undefined)
  const best = last('epoch', (event) => event.best)
  const test = last('evaluation', (event) => event.split === 'test')
  const epochs = epoch?.epochs ?? start?.epochs ?? 0
  return {
    // What follows an `end` belongs to a resumption that has not ended.
    outcome: endOf(events.at(-1)),
    data: start?.data,
    model: start?.model,
    epochs: [epoch?.epoch ?? 0, epochs],
    steps: [events.at(-1)?.step ?? 0, epochs * (start?.stepsPerEpoch ?? 0)],
    best: best && { epoch: best.epoch, scores: scoresOf(best) },
    test: test?.scores,
  }
}

const endOf = (event: TrainEvent | undefined) => (event?.type === 'end' ? event.outcome : 'running or killed')

const scoresOf = ({ train, validation }: EpochEvent): Scores => validation ?? train

export function formatRun(run: RunDescription): string {
  const { recipe, outcome, data, model, epochs, steps, best, test, files } = run
  const of = ([done, all]: readonly [number, number], what: string) =>
    `${grouped(done)}/${grouped(all)} ${what}`
  return table([
    ['run', `${run.run}, ${outcome}`],
    ['data', data ? `${data.name}, ${grouped(data.train)} train / ${grouped(data.test)} test` : '-'],
    ['model', model ? `${model.name}, ${grouped(model.parameters)} parameters` : '-'],
    ['recipe', Object.entries(recipe).map(([key, value]) => `${key} ${value}`).join(', ')], // biome-ignore format: one row, one line
    ['progress', `${of(epochs, 'epochs')}, ${of(steps, 'steps')}`],
    ['best', best ? `epoch ${best.epoch}, ${formatScores(best.scores)}` : '-'],
    ['test', test ? formatScores(test) : '-'],
    ['files', files.join(', ')],
  ])
}

const formatScores = ({ loss, accuracy, rmse, r2 }: Scores) =>
  [
    ...(accuracy === undefined ? [] : [`accuracy ${(accuracy * 100).toFixed(2)}%`]),
    ...(rmse === undefined ? [] : [`rmse ${rmse.toPrecision(4)}`]),
    ...(r2 === undefined ? [] : [`r2 ${r2.toFixed(4)}`]),
    `loss ${loss.toFixed(4)}`,
  ].join(', ')
