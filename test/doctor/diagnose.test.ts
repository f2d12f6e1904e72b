import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { healthyRuns } from '../../src/doctor/healthy-runs.ts'
import { type Check, checks, diagnose, liveDoctor, RunHistory, readHistory } from '../../src/doctor/index.ts'
import { madeUpRun, parameterLike } from '../../src/doctor/made-up-run.ts'
import { fit, optim, RunFolder, type TrainEvent } from '../../src/node.ts'
import { digits, mlp } from './support.ts'

const check = (name: string, severity: 'fine' | 'warning' | 'problem', explains: string[] = []): Check => ({
  name,
  explains,
  sure: false,
  examples: [],
  diagnose: () => [{ severity, title: name, evidence: null }],
})

describe('diagnose', () => {
  it('puts the worst first, and names what follows from it instead of telling it apart', () => {
    const found = diagnose(new RunHistory(), [
      check('c', 'warning'),
      check('well', 'fine'),
      check('a', 'problem', ['b', 'well']),
      check('b', 'problem', ['c']),
      check('d', 'warning'),
    ])
    expect(found.map(({ check, consequences }) => [check, consequences])).toEqual([
      ['a', ['c', 'b']],
      ['d', undefined],
    ])
  })

  it('takes the first of two that explain each other', () => {
    const found = diagnose(new RunHistory(), [check('a', 'warning', ['b']), check('b', 'problem', ['a'])])
    expect(found.map(({ check }) => check)).toEqual(['a'])
  })

  it('explains only names of checks that there are', () => {
    const names = checks().map(({ name }) => name)
    for (const { name, explains } of checks())
      expect(
        explains.filter((other) => !names.includes(other)),
        name,
      ).toEqual([])
  })
})

describe('a history', () => {
  it('is read from a log that is cut off, damaged or of another version, as far as it goes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gradus-doctor-'))
    const lines = madeUpRun().map((event) => JSON.stringify(event))
    const odd = [
      '{"type":"step"',
      '[]',
      'null',
      '{"type":"telepathy","step":1}',
      '{"type":"epoch","train":7}',
    ]
    writeFileSync(
      join(folder, 'events.jsonl'),
      [...lines.slice(0, 90), ...odd, lines[90]!.slice(0, 30)].join('\n'),
    )
    const { history, skipped } = readHistory(new RunFolder(folder))
    expect(skipped).toBe(5)
    expect(history.losses.length).toBeGreaterThan(60)
    expect(diagnose(history).filter(({ severity }) => severity !== 'fine')).toEqual([])
  })

  it('knows which layers do the work', () => {
    const layers = ['', 'block', 'block.conv', 'block.act', 'head'].map((path) => ({
      path,
      type: 'x',
      shape: [1],
      parameters: [],
    }))
    expect(RunHistory.of(madeUpRun({ layers })).layers.map(({ path }) => path)).toEqual([
      'block.conv',
      'block.act',
      'head',
    ])
  })
})

/** What a live doctor says, with the step at which it says so. */
function told(events: readonly TrainEvent[]) {
  const watch = liveDoctor()
  return events.flatMap((event) =>
    watch(event).map(({ check, severity }) => `${event.step} ${check} ${severity}`),
  )
}

describe('the live doctor', () => {
  it('says in a line that all is well', () => {
    const watch = liveDoctor()
    const findings = healthyRuns()['as a rule']!.flatMap((event) => watch(event))
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatchObject({
      check: 'doctor',
      severity: 'fine',
      title: 'train/validation gap 1.2 points: fine.  update ratio 1.5e-3: fine.',
    })
  })

  it('tells what is known from the start at once, and the rest when it lasts, once each', () => {
    const hot = madeUpRun({
      recipe: { shuffle: false },
      facts: { sameClass: { inBatch: 0.9, inAll: 0.1 } },
      statistics: () => ({ parameters: [parameterLike('0.weight', { updateRatio: 0.4 })] }),
    })
    expect(told(hot)).toEqual(['0 not-shuffled problem', '200 doctor problem'])
    const high = madeUpRun({
      statistics: () => ({ parameters: [parameterLike('0.weight', { updateRatio: 0.4 })] }),
    })
    expect(told(high)).toEqual(['40 rate-too-high warning', '200 doctor warning'])
  })

  it('does not say again what the log of a resumed run says', () => {
    const events = madeUpRun({ recipe: { shuffle: false } })
    const watch = liveDoctor()
    const log = events.flatMap((event): TrainEvent[] => [
      event,
      ...watch(event).map((finding) => ({
        type: 'finding' as const,
        time: event.time,
        step: event.step,
        ...finding,
      })),
    ])
    const half = log.slice(0, 100)
    const again = liveDoctor()
    for (const event of half) again(event)
    const rest = log.slice(100).filter(({ type }) => type !== 'finding')
    expect(rest.flatMap((event) => again(event)).map(({ check }) => check)).toEqual(['doctor'])
  })

  it('speaks through the events of a run, before its end', async () => {
    const events: TrainEvent[] = []
    const recipe = { data: digits, model: mlp(), optimizer: optim.sgd(2), batchSize: 32, epochs: 3 }
    await fit(recipe, { threads: 1, watch: liveDoctor(), sinks: [(event) => void events.push(event)] })
    const said = events.filter((event) => event.type === 'finding')
    expect(said.map(({ check }) => check)).toEqual(['rate-too-high', 'doctor'])
    expect(said[0]!.step).toBeLessThanOrEqual(events.findLast((event) => event.type === 'epoch')!.step)
    expect(events.at(-1)).toBe(said[1])
  })
})
