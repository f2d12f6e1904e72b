import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { RunLibrary } from '../../src/serve/library.ts'
import { logOf, syntheticEvents, writeRun } from '../dashboard/synthetic.ts'

const base = mkdtempSync(join(tmpdir(), 'gradus-library-'))
afterAll(() => rmSync(base, { recursive: true }))

let root: string
beforeEach(() => {
  root = mkdtempSync(join(base, 'runs-'))
})

/** As if nobody had written to the log for a while. */
const age = (folder: string) => utimesSync(join(folder, 'events.jsonl'), 1e9, 1e9)
const log = (name: string) => join(root, name, 'events.jsonl')

describe('the list of runs', () => {
  it('says of each what its events say, the newest first', () => {
    writeRun(root, 'older', { findings: true })
    writeRun(root, 'newer', { began: Date.UTC(2027, 0, 1), epochs: 3 })
    const { runs, folder } = new RunLibrary(root).list()
    expect(folder).toBe(root)
    expect(runs.map(({ id }) => id)).toEqual(['newer', 'older'])
    expect(runs[1]).toMatchObject({
      state: 'finished',
      data: 'cifar10',
      model: 'vgg',
      parameters: 1_248_586,
      epochs: 15,
      ofEpochs: 15,
      steps: 600,
      ofSteps: 600,
      problems: 1,
      warnings: 1,
      unreadable: 0,
    })
    const best = syntheticEvents('older').findLast((event) => event.type === 'epoch' && event.best)
    expect(best).toMatchObject({ epoch: runs[1]!.bestEpoch, validation: { loss: runs[1]!.loss } })
    expect(runs[1]!.testAccuracy).toBeCloseTo(1 - 0.42 * 0.21, 9)
  })

  it('tells running from stopped and empty runs, by their locks and by when they were written to', () => {
    const stopped = writeRun(root, 'stopped', { until: 2 })
    writeRun(root, 'fresh', { until: 2 })
    const locked = writeRun(root, 'locked', { until: 2 })
    const left = writeRun(root, 'left', { until: 2 })
    const empty = writeRun(root, 'empty')
    truncateSync(join(empty, 'events.jsonl'))
    for (const folder of [stopped, locked, left, empty]) age(folder)
    writeFileSync(join(locked, 'lock'), `${process.pid}\n`)
    writeFileSync(join(left, 'lock'), '4194304999\n')
    const states = new RunLibrary(root).list().runs.map(({ id, state }) => [id, state])
    expect(Object.fromEntries(states)).toEqual({
      stopped: 'stopped',
      fresh: 'running',
      locked: 'running',
      left: 'stopped',
      empty: 'empty',
    })
  })

  it('has half an epoch as not done', () => {
    writeRun(root, 'run', { epochs: 4, stepsPerEpoch: 10, until: 2 })
    const [step] = syntheticEvents('run', { epochs: 4, stepsPerEpoch: 10 }).filter(
      (event) => event.type === 'step' && event.step === 25,
    )
    appendFileSync(log('run'), `${JSON.stringify(step)}\n`)
    expect(new RunLibrary(root).list().runs[0]).toMatchObject({
      epochs: 2,
      ofEpochs: 4,
      steps: 25,
      ofSteps: 40,
    })
  })

  it('finds runs in folders of their own, and shows a single run by itself', () => {
    const fold = writeRun(root, 'search-1/fold-2')
    writeRun(root, 'other')
    expect(new RunLibrary(root).list().runs.map(({ id }) => id)).toEqual(['other', 'search-1/fold-2'])
    expect(new RunLibrary(fold).list().runs.map(({ id }) => id)).toEqual(['fold-2'])
    expect(new RunLibrary(fold).detail('fold-2')?.row.id).toBe('fold-2')
  })

  it('does not follow links out of the folder', () => {
    const outside = writeRun(base, 'outside')
    symlinkSync(outside, join(root, 'link'))
    mkdirSync(join(root, 'run'))
    symlinkSync(join(outside, 'events.jsonl'), log('run'))
    writeFileSync(join(root, 'run', 'recipe.json'), '{}')
    const library = new RunLibrary(root)
    expect(library.list().runs).toMatchObject([{ id: 'run', steps: 0 }])
    expect(library.detail('run')?.epochs).toEqual([])
    expect(library.detail('link')).toBeUndefined()
    rmSync(outside, { recursive: true })
  })

  it.each(['', '.', '..', '../outside', 'run/..', '/etc', 'run\0', 'nothing'])('has no run %j', (id) => {
    writeRun(root, 'run')
    expect(new RunLibrary(root).detail(id)).toBeUndefined()
  })

  it('takes names as they are', () => {
    const names = ['<img src=x onerror=alert(1)>', 'a%2e%2e', 'b..', 'line\nbreak', '"quoted"', 'größe']
    for (const name of names) writeRun(root, name)
    const library = new RunLibrary(root)
    expect(new Set(library.list().runs.map(({ id }) => id))).toEqual(new Set(names))
    for (const name of names) expect(library.detail(name)?.row.id).toBe(name)
  })

  it('says what is wrong with a folder', () => {
    writeFileSync(join(root, 'file'), '')
    expect(() => new RunLibrary(join(root, 'nowhere'))).toThrow(
      /nowhere: expected a folder of runs, found nothing/,
    )
    expect(() => new RunLibrary(join(root, 'file'))).toThrow(/expected a folder of runs, found a file/)
  })
})

describe('what has changed', () => {
  it('is told once, and only of runs that have', () => {
    writeRun(root, 'still')
    writeRun(root, 'run', { until: 2 })
    const library = new RunLibrary(root)
    const { changed, time: first } = library.changes(0)
    expect(changed.map(({ id }) => id)).toEqual(['run', 'still'])
    expect(library.changes(first)).toEqual({ changed: [], gone: [], time: first })
    const [, step] = syntheticEvents('run')
    appendFileSync(log('run'), JSON.stringify({ ...step, step: 81 }))
    const half = library.changes(first)
    expect(half.changed).toMatchObject([{ id: 'run', steps: 80 }])
    appendFileSync(log('run'), '\n')
    library.detail('run') // who looks at a run does not take the news from the others
    const whole = library.changes(half.time)
    expect(whole.changed).toMatchObject([{ id: 'run', steps: 81 }])
    writeRun(root, 'another')
    rmSync(join(root, 'still'), { recursive: true })
    expect(library.changes(whole.time)).toMatchObject({ changed: [{ id: 'another' }], gone: ['still'] })
  })

  it('follows a run that goes on from a checkpoint', () => {
    const events = syntheticEvents('run', { epochs: 4, stepsPerEpoch: 10, until: 3, outcome: 'interrupted' })
    writeRun(root, 'run', { epochs: 4, stepsPerEpoch: 10, until: 3, outcome: 'interrupted' })
    const library = new RunLibrary(root)
    expect(library.list().runs[0]).toMatchObject({ state: 'interrupted', steps: 30 })
    expect(library.detail('run')?.epochs).toHaveLength(3)
    const kept = events.filter((event) => event.step <= 20)
    writeFileSync(log('run'), logOf(kept))
    expect(library.detail('run')).toMatchObject({ row: { state: 'running', steps: 20 } })
    expect(library.detail('run')?.epochs).toHaveLength(2)
  })
})

describe('a run in detail', () => {
  it('has the curves, thinned', () => {
    writeRun(root, 'run', { epochs: 10, stepsPerEpoch: 200 })
    const { loss, metrics, rate, throughput, epochs, facts } = new RunLibrary(root).detail('run')!
    expect(loss!.values.x).toHaveLength(500)
    expect([loss!.values.x[0], loss!.values.x.at(-1)]).toEqual([0.005, 10])
    expect(loss!.smooth.x.length).toBeLessThanOrEqual(250)
    expect(Object.keys(metrics)).toEqual(['accuracy'])
    expect(rate!.y.at(-1)).toBeCloseTo(0, 6)
    expect(throughput!.values.y).toHaveLength(500)
    expect(epochs.map(({ x }) => x)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(Object.fromEntries(facts)).toMatchObject({ optimizer: 'sgd', input: '3 × 32 × 32', seed: '1' })
  })

  it('has the statistics by layer and parameter, thinned', () => {
    writeRun(root, 'run', { epochs: 10, stepsPerEpoch: 100, statisticsEvery: 2 })
    const { x, steps, layers, parameters, gradient, filters } = new RunLibrary(root).detail('run')!
      .statistics!
    expect(x.length).toBeLessThanOrEqual(128)
    expect(x.length).toBeGreaterThan(60)
    expect([steps[0], steps.at(-1)]).toEqual([2, 1000])
    expect([x[0], x.at(-1)]).toEqual([0.02, 10])
    expect(layers.map(({ name }) => name)).toEqual(['act1', 'act2', 'act3', 'act4', 'act5'])
    expect(layers[4]!.dead).toHaveLength(x.length)
    expect(layers[0]!.histograms).toHaveLength(14)
    expect(layers[0]!.histograms.at(-1)!.at).toBe(x.length - 1)
    expect(parameters.map(({ name }) => name).slice(0, 2)).toEqual(['conv1.weight', 'conv1.bias'])
    expect(gradient.noise.at(-1)).toBe(1100)
    expect(filters!.shape).toEqual([32, 3, 5, 5])
  })

  it('has findings, the worst first, and the evaluation', () => {
    writeRun(root, 'run', { findings: true, evaluation: true })
    const { findings, evaluation } = new RunLibrary(root).detail('run')!
    expect(findings.map(({ severity }) => severity)).toEqual(['problem', 'warning', 'fine'])
    expect(findings[0]!.suggestions[0]).toEqual({
      title: 'augment the pictures',
      change: { augment: 'standard' },
    })
    expect(evaluation!.confusion).toHaveLength(10)
    expect(evaluation!.classes[3]!.name).toBe('cat')
    expect(evaluation!.worst[0]).toMatchObject({ label: 'airplane', predicted: 'dog' })
  })

  it('is cut off anywhere without harm', () => {
    const folder = writeRun(root, 'run', { epochs: 2, stepsPerEpoch: 4, statisticsEvery: 2, findings: true })
    const bytes = readFileSync(join(folder, 'events.jsonl'))
    const whole = new RunLibrary(root).detail('run')!
    for (let length = bytes.length; length >= 0; length -= 397) {
      writeFileSync(join(folder, 'events.jsonl'), bytes.subarray(0, length))
      const { row, epochs } = new RunLibrary(root).detail('run')!
      expect(row.unreadable).toBe(0)
      expect(epochs).toEqual(whole.epochs.slice(0, epochs.length))
    }
  })

  it('shows what it can of lines that are damaged, hostile or from another version', () => {
    const folder = writeRun(root, 'run', { epochs: 2, stepsPerEpoch: 4 })
    const odd = [
      'not json',
      '[]',
      'null',
      '{"type":"future","step":3}',
      '{"type":"step","step":"x","loss":{},"metrics":[1],"epoch":1,"batch":1,"batches":0}',
      '{"type":"step","step":9,"epoch":3,"batch":1,"batches":4,"loss":null,"rate":"fast","metrics":{"__proto__":0.5}}',
      '{"type":"epoch","epoch":3,"train":7,"validation":"none","best":1}',
      '{"type":"statistics","layers":[null,{"path":{}},{"histogram":{"from":1,"to":0,"counts":[]}}],"parameters":7}',
      '{"type":"finding","title":7,"severity":"<b>","evidence":{"a":{"b":{"c":{"d":{"e":1}}}}},"suggestions":[null]}',
      '{"type":"notice","message":["x"]}',
      '{"type":"end","outcome":"exploded"}',
      '{"__proto__":{"type":"step"}}',
    ]
    appendFileSync(join(folder, 'events.jsonl'), `${odd.join('\n')}\n\x00\xff\n`)
    writeFileSync(join(folder, 'recipe.json'), '{"recipe":{"name":{"deep":[1]}')
    writeFileSync(
      join(folder, 'evaluation.json'),
      '{"confusion":[[1,2]],"worst":[{"image":"javascript:alert(1)"},3]}',
    )
    const detail = new RunLibrary(root).detail('run')!
    expect(detail.row).toMatchObject({ epochs: 3, unreadable: 5 })
    expect(detail.epochs.at(-1)).toEqual({ epoch: 3, x: 3, train: {}, best: false })
    expect(detail.findings[0]!.title).toBe('without a title')
    expect(detail.evaluation).toMatchObject({ worst: [{ label: '?', predicted: '?' }] })
    expect(detail.evaluation?.confusion).toBeUndefined()
    expect(detail.evaluation?.worst[0]).not.toHaveProperty('image')
    expect(JSON.stringify(detail)).not.toContain('javascript')
  })
})
