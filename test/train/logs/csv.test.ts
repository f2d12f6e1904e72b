import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import type { StepEvent, TrainEvent } from '../../../src/train/events.ts'
import { csvLog } from '../../../src/train/logs/csv.ts'
import { resumedEvents, someEvents } from './events.ts'

const root = mkdtempSync(join(tmpdir(), 'gradus-csv-'))
afterAll(() => rmSync(root, { recursive: true }))

async function write(folder: string, events: readonly TrainEvent[]): Promise<void> {
  const sink = csvLog(folder)
  for (const event of events) await sink(event)
}

const fresh = () => mkdtempSync(join(root, 'run-'))
const linesOf = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8').split('\r\n')

it('has a line for each step and each epoch', async () => {
  const folder = fresh()
  await write(folder, someEvents(folder))
  expect(linesOf(folder, 'steps.csv')).toEqual([
    'step,epoch,loss,rate,seconds,samplesPerSecond,accuracy',
    '1,1,2.3,0.05,0.02,1600,0.1',
    '2,1,1.15,0.05,0.02,1600,0.2',
    '',
  ])
  expect(linesOf(folder, 'epochs.csv')).toEqual([
    'step,epoch,train.loss,validation.loss,validation.accuracy,best,rate,seconds,samplesPerSecond',
    '2,1,1.7,1.1,0.8125,1,0.05,0.02,1600',
    '',
  ])
})

it('drops the steps that a resumed run does again, and half a line', async () => {
  const folder = fresh()
  await write(folder, someEvents(folder))
  appendFileSync(join(folder, 'steps.csv'), '3,1,0.')
  await write(folder, resumedEvents(folder))
  expect(linesOf(folder, 'steps.csv').slice(1)).toEqual([
    '1,1,2.3,0.05,0.02,1600,0.1',
    '2,1,9,0.05,0.02,1600,0.2',
    '',
  ])
  expect(linesOf(folder, 'epochs.csv')).toHaveLength(2) // the header and the end
})

it('leaves a metric empty that is missing, and keeps the header it has', async () => {
  const folder = fresh()
  const [start, first, second] = someEvents(folder) as [TrainEvent, StepEvent, StepEvent]
  const odd = { 'top "5", test': 0.5, accuracy: 0.25 }
  await write(folder, [start, { ...first, metrics: odd }, { ...second, metrics: {}, loss: Number.NaN }])
  await write(folder, [
    { ...start, resumed: true, step: 2 } as TrainEvent,
    { ...second, step: 3, metrics: odd },
  ])
  const [header, ...rows] = linesOf(folder, 'steps.csv')
  expect(header).toBe('step,epoch,loss,rate,seconds,samplesPerSecond,"top ""5"", test",accuracy')
  expect(rows).toEqual([
    '1,1,2.3,0.05,0.02,1600,0.5,0.25',
    '2,1,NaN,0.05,0.02,1600,,',
    '3,1,1.15,0.05,0.02,1600,0.5,0.25',
    '',
  ])
})
