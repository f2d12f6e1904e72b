import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GradusError } from '../../src/core/index.ts'
import { emitter, fanOut, type RunSummary, type TrainEvent, type Untimed } from '../../src/train/events.ts'
import { EventLog, readEvents } from '../../src/train/run/event-log.ts'
import { createRunFolder, openRunFolder } from '../../src/train/run/run-folder.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gradus-run-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const time = '2026-01-02T03:04:05.678Z'
const notice = (step: number, message = ''): TrainEvent => ({ type: 'notice', time, step, message })
const saved = (step: number, kind: 'last' | 'best' = 'last'): TrainEvent => ({
  type: 'checkpoint',
  time,
  step,
  kind,
  path: `${kind}.safetensors`,
  epoch: 1,
})
const summary: RunSummary = {
  run: 'runs/digits-1',
  outcome: 'finished',
  testAccuracy: 0.98,
  epochs: 1,
  steps: 23,
  seconds: 1.5,
  imagesPerSecond: 960,
  parameters: 20042,
  files: ['model.onnx'],
}

describe('createRunFolder', () => {
  it('numbers the runs of a name, and never uses a number below an existing one', () => {
    const runs = join(root, 'runs')
    const make = (name: string) => createRunFolder({ name, root: runs }).path
    expect(make('digits')).toBe(join(runs, 'digits-1'))
    expect(make('digits')).toBe(join(runs, 'digits-2'))
    expect(make('mnist')).toBe(join(runs, 'mnist-1'))
    mkdirSync(join(runs, 'digits-10'))
    mkdirSync(join(runs, 'digits-best'))
    rmSync(join(runs, 'digits-1'), { recursive: true })
    expect(make('digits')).toBe(join(runs, 'digits-11'))
  })

  it.each([
    ['my recipe/v2', 'my-recipe-v2-1'],
    ['../..', 'run-1'],
    ['größe.v1', 'größe.v1-1'],
  ])('makes one plain folder of %s', (name, folder) => {
    expect(createRunFolder({ name, root }).path).toBe(join(root, folder))
  })

  it('takes a new or empty folder as it is', () => {
    const out = join(root, 'deep', 'mine')
    expect(createRunFolder({ name: 'digits', out }).path).toBe(out)
    expect(createRunFolder({ name: 'digits', out }).path).toBe(out)
    expect(readdirSync(out)).toEqual([])
  })

  it('refuses a folder with something in it, and a file', () => {
    writeFileSync(join(root, 'thesis.tex'), '')
    expect(() => createRunFolder({ name: 'digits', out: root })).toThrow(
      new GradusError(`run folder ${root}: expected a new or empty folder`, [
        'empty it, or give another folder',
      ]),
    )
    expect(() => createRunFolder({ name: 'digits', out: join(root, 'thesis.tex') })).toThrow(GradusError)
    writeFileSync(join(root, 'recipe.json'), '{}')
    expect(() => createRunFolder({ name: 'digits', out: root })).toThrow(`go on with it (--resume ${root})`)
  })

  it('refuses where no folder can be made', () => {
    const file = join(root, 'thesis.tex')
    writeFileSync(file, '')
    expect(() => createRunFolder({ name: 'digits', out: join(file, 'run', 'deep') })).toThrow(
      `cannot make the folder ${join(file, 'run', 'deep')}: a part of the path is a file, not a folder`,
    )
    expect(() => createRunFolder({ name: 'digits', out: '' })).toThrow('run folder: expected a path')
  })

  // In Node 20 a recursive mkdir there never comes back.
  it.runIf(process.platform === 'linux')('refuses folders that take no new ones', () => {
    for (const out of ['/proc/gradus', '/proc/gradus/deep', '/proc/self/task/x'])
      expect(() => createRunFolder({ name: 'digits', out })).toThrow(
        new RegExp(`^cannot make the folder ${out}: .* takes no new folders\\n {2}use another folder$`),
      )
  })
})

describe('a run folder', () => {
  it('holds the recipe, the file it came from, and the summary', () => {
    const source = join(root, 'mine.ts')
    writeFileSync(source, 'export default {}')
    const folder = createRunFolder({ name: 'digits', root })
    folder.writeRecipe({ epochs: 3, model: { name: 'cnn' } }, source)
    folder.writeSummary(summary)
    expect(readdirSync(folder.path).sort()).toEqual(['recipe.json', 'recipe.ts', 'summary.json'])
    expect(JSON.parse(readFileSync(folder.file('recipe.json'), 'utf8'))).toEqual({
      epochs: 3,
      model: { name: 'cnn' },
    })
    expect(readFileSync(folder.file('recipe.ts'), 'utf8')).toBe('export default {}')
    expect(JSON.parse(readFileSync(folder.file('summary.json'), 'utf8'))).toEqual(summary)
    expect(folder.checkpoints).toBe(join(folder.path, 'checkpoints'))
  })

  it('is found again, and anything else is named', () => {
    const folder = createRunFolder({ name: 'digits', root })
    expect(() => openRunFolder(folder.path)).toThrow('expected the folder of a run, found a folder or file')
    folder.writeRecipe({})
    expect(openRunFolder(folder.path).path).toBe(folder.path)
    expect(() => openRunFolder(join(root, 'gone'))).toThrow('expected the folder of a run, found nothing')
  })

  it('names a recipe that cannot be copied', () => {
    const folder = createRunFolder({ name: 'digits', root })
    expect(() => folder.writeRecipe({}, join(root, 'gone.ts'))).toThrow(
      `cannot copy the recipe ${join(root, 'gone.ts')}: no such file or folder`,
    )
  })
})

describe('EventLog', () => {
  const path = () => join(root, 'events.jsonl')
  const write = async (...events: TrainEvent[]) => {
    const log = new EventLog(path())
    for (const event of events) await log.sink(event)
    return log
  }

  it('keeps events in order, and goes on after it was closed', async () => {
    const log = await write(notice(0, 'naïve\nlines'), notice(1))
    log.close()
    await log.sink(notice(2))
    log.close()
    expect(readEvents(path())).toEqual([notice(0, 'naïve\nlines'), notice(1), notice(2)])
  })

  it('drops what follows the checkpoint that a run goes on from', async () => {
    const before = [notice(1), saved(1), notice(2), saved(2, 'best')]
    const log = await write(...before, saved(2), notice(2, 'lost'), notice(3))
    log.rewind(2)
    await log.sink(notice(3, 'again'))
    log.close()
    expect(readEvents(path())).toEqual([...before, saved(2), notice(3, 'again')])
    log.rewind(2, 'best')
    expect(readEvents(path())).toEqual(before)
  })

  it('drops later steps and half a line if the writer was killed before it could log the checkpoint', async () => {
    const log = await write(notice(1), saved(1), notice(2, 'ä'), notice(3))
    log.close()
    appendFileSync(path(), '{"type":"notice","st')
    log.rewind(2)
    expect(readFileSync(path(), 'utf8')).toBe(
      [notice(1), saved(1), notice(2, 'ä')].map((event) => `${JSON.stringify(event)}\n`).join(''),
    )
  })

  it('rewinds to the start, and where there is nothing', async () => {
    const log = new EventLog(path())
    log.rewind(5)
    await log.sink(notice(1))
    log.rewind(0)
    expect(readEvents(path())).toEqual([])
  })

  it('does not repeat the start of a run that goes on', async () => {
    const start: TrainEvent = {
      type: 'start',
      time,
      step: 0,
      run: root,
      resumed: false,
      data: { name: 'digits', train: 9, validation: 0, test: 3, inputShape: [1, 8, 8] },
      model: { name: 'mlp', parameters: 10, multiplyAdds: 10 },
      epochs: 1,
      batchSize: 3,
      stepsPerEpoch: 3,
      device: 'cpu',
      threads: 1,
      seed: 1,
    }
    const log = await write(start, { ...start, step: 2, resumed: true }, notice(3))
    log.close()
    expect(readEvents(path())).toEqual([start, notice(3)])
  })

  it('names the line that holds no event', () => {
    const good = JSON.stringify(notice(1))
    const bad = (line: string) => {
      writeFileSync(path(), `${good}\n${line}\n${good}\n`)
      return () => readEvents(path())
    }
    expect(bad('{"typ')).toThrow(`${path()}:2: expected JSON, found`)
    expect(bad('{"type":"notice"}')).toThrow(`${path()}:2: expected an event with a step`)
    expect(bad('{"type":"party","step":1}')).toThrow(`${path()}:2: unknown event type "party"`)
    rmSync(path())
    expect(() => readEvents(path())).toThrow(`cannot read ${path()}: no such file or folder`)
  })

  it('says where it cannot write', async () => {
    const log = new EventLog(join(root, 'gone', 'events.jsonl'))
    expect(() => log.sink(notice(1))).toThrow(`cannot append to ${log.path}: no such file or folder`)
  })
})

describe('events', () => {
  it('reach all sinks in order, one after the other', async () => {
    const seen: string[] = []
    const slow = async (event: TrainEvent) => {
      await new Promise((done) => setTimeout(done, 5))
      seen.push(`slow ${event.step}`)
    }
    const emit = fanOut(slow, (event) => void seen.push(`quick ${event.step}`))
    await emit(notice(1))
    await emit(notice(2))
    expect(seen).toEqual(['slow 1', 'quick 1', 'slow 2', 'quick 2'])
  })

  it('get the time when they are emitted, and survive JSON', async () => {
    const seen: TrainEvent[] = []
    const before = Date.now()
    const event: Untimed = { type: 'notice', step: 1, message: 'hello' }
    await emitter((found) => void seen.push(found))(event)
    expect(seen).toEqual([{ ...event, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) }])
    expect(Date.parse(seen[0]!.time)).toBeGreaterThanOrEqual(before)
    expect(JSON.parse(JSON.stringify(seen[0]))).toEqual(seen[0])
  })
})
