import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as nn from '../../src/nn/index.ts'
import { adam } from '../../src/optim/index.ts'
import type { TrainEvent } from '../../src/train/events.ts'
import type { Recipe } from '../../src/train/recipe/recipe.ts'
import { loadCheckpoint } from '../../src/train/run/checkpoint.ts'
import { readEvents } from '../../src/train/run/event-log.ts'
import { trainRun } from '../../src/train/run/run.ts'
import { createRunFolder, openRunFolder, type RunFolder } from '../../src/train/run/run-folder.ts'
import { clouds } from './pairs-support.ts'

const root = mkdtempSync(join(tmpdir(), 'gradus-lost-log-'))
afterAll(() => rmSync(root, { recursive: true }))

// 5 steps an epoch.
const recipe: Recipe = {
  data: clouds(200),
  model: nn.linear(6, 3),
  optimizer: adam(0.02),
  epochs: 4,
  batchSize: 32,
  validation: 0.2,
}

async function run(folder: RunFolder, options: { maxSteps?: number; resume?: boolean } = {}) {
  const events: TrainEvent[] = []
  const sinks = [(event: TrainEvent) => void events.push(event)]
  const summary = await trainRun(recipe, folder, { threads: 1, sinks, ...options })
  const notices = events.flatMap((event) => (event.type === 'notice' ? [event.message] : []))
  return { summary, notices }
}

async function stoppedAt(name: string, maxSteps: number): Promise<RunFolder> {
  const folder = createRunFolder({ name, out: join(root, name) })
  folder.writeRecipe({})
  await run(folder, { maxSteps })
  return openRunFolder(folder.path)
}

const weightsOf = ({ checkpoints }: RunFolder) =>
  loadCheckpoint(join(checkpoints, 'last.safetensors')).tensors

let whole: RunFolder
beforeAll(async () => {
  whole = await stoppedAt('whole', 1000)
})

it('a run whose log is gone goes on from its checkpoint to the same bits, and says so', async () => {
  const folder = await stoppedAt('lost', 12)
  rmSync(folder.events.path)
  const { summary, notices } = await run(folder, { resume: true })
  expect(notices).toEqual([
    `${folder.events.path} is missing: going on from the checkpoint; logs and curves begin here`,
  ])
  expect(weightsOf(folder)).toEqual(weightsOf(whole))
  expect(summary).toMatchObject({ outcome: 'finished', epochs: 4, steps: 20 })
  const events = readEvents(folder.events.path)
  expect(events.flatMap((event) => (event.type === 'step' ? [event.step] : []))[0]).toBe(13)
  // What the run is stands in its log again, for whoever looks at it.
  expect(events.filter(({ type }) => type === 'start')).toMatchObject([{ resumed: true, step: 12 }])
  expect(existsSync(folder.file('curves.svg'))).toBe(true)
})

it('a finished run whose log is gone still knows how far it had come', async () => {
  const folder = await stoppedAt('finished', 1000)
  rmSync(folder.events.path)
  const { summary } = await run(folder, { resume: true })
  expect(summary).toMatchObject({ epochs: 4, steps: 20, bestEpoch: expect.any(Number) })
})

it('a log that is there is continued without a second start, and without a notice', async () => {
  const folder = await stoppedAt('kept', 12)
  const { notices } = await run(folder, { resume: true })
  expect(notices).toEqual([])
  const starts = readEvents(folder.events.path).filter(({ type }) => type === 'start')
  expect(starts).toMatchObject([{ resumed: false }])
})

it('a damaged log is named, with how to go on without it', async () => {
  const folder = await stoppedAt('damaged', 12)
  const { path } = folder.events
  appendFileSync(path, '{ no event }\n')
  await expect(run(folder, { resume: true })).rejects.toThrow(
    /events\.jsonl:\d+: expected JSON.*\n {2}the checkpoint is whole: remove the file to go on without what it says$/,
  )
  const text = readFileSync(path, 'utf8')
  expect(text.endsWith('{ no event }\n')).toBe(true)
  writeFileSync(path, text.replace('{ no event }\n', ''))
  expect((await run(folder, { resume: true })).summary.steps).toBe(20)
})
