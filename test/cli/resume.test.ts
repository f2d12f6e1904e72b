import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadCheckpoint, Random, type TrainEvent } from '../../src/node.ts'
import { failureOf, gradus, jsonLinesOf, start, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const options = ['--epochs', '2', '--batch-size', '64', '--threads', '1', '--checkpoint-steps', '1', '--json']
const lastOf = (run: string) => loadCheckpoint(join(folder, run, 'checkpoints/last.safetensors'))

/** What a run did, without when and how fast. */
function storyOf(run: string): unknown[] {
  const text = readFileSync(join(folder, run, 'events.jsonl'), 'utf8')
  const events = jsonLinesOf(text) as unknown as TrainEvent[]
  return events
    .filter(({ type }) => type === 'step' || type === 'epoch' || type === 'evaluation')
    .map((event) => ({ ...event, time: 0, seconds: 0, waited: 0, samplesPerSecond: 0 }))
}

/** Fails unless the run came to the very bits of the run that nothing interrupted. */
function expectWhole(run: string): void {
  expect(lastOf(run).tensors).toEqual(lastOf('whole').tensors)
  expect(storyOf(run)).toEqual(storyOf('whole'))
  expect(readFileSync(join(folder, run, 'model.onnx'))).toEqual(
    readFileSync(join(folder, 'whole/model.onnx')),
  )
}

beforeAll(async () => {
  expect(await gradus(folder, 'train', 'digits', '--out', 'whole', ...options)).toMatchObject({ code: 0 })
})

describe('a run that is killed', () => {
  it('comes to the same bits when it is resumed, however often and whenever it was killed', async () => {
    const random = new Random('kill')
    let args = ['train', 'digits', '--out', 'killed', ...options]
    for (let kill = 0; kill < 5; kill++) {
      const { child, after, finished } = start(folder, ...args)
      const [steps, delay] = [1 + random.integer(10), random.uniform(0, 10)]
      // A checkpoint after each step: most of the time goes into writing them, so most kills fall into that.
      after(steps, '"type":"step"', () => setTimeout(() => child.kill('SIGKILL'), delay))
      const { code } = await finished
      expect(code, `killed ${delay} ms after its step ${steps}`).toBe(null)
      args = ['train', '--resume', 'killed', '--json']
    }
    const { code, stderr } = await gradus(folder, ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expectWhole('killed')
  })

  it('begins again if it was killed before its first checkpoint', async () => {
    cpSync(join(folder, 'whole/recipe.json'), join(folder, 'early/recipe.json'))
    writeFileSync(join(folder, 'early/events.jsonl'), '')
    expect(await gradus(folder, 'train', '--resume', 'early', '--json')).toMatchObject({ code: 0 })
    expectWhole('early')
  })

  it('goes on from the best checkpoint if the last one is damaged, and says so', async () => {
    cpSync(join(folder, 'whole'), join(folder, 'damaged'), { recursive: true })
    writeFileSync(join(folder, 'damaged/checkpoints/last.safetensors'), 'half')
    const { code, stdout } = await gradus(folder, 'train', '--resume', 'damaged', '--json')
    expect(code).toBe(0)
    expect(stdout).toMatch(/"type":"notice".*last\.safetensors.*going on from .*best\.safetensors/)
    expectWhole('damaged')
  })
})

describe('a person who stops a run', () => {
  it('reads how to go on after Ctrl-C, and the run goes on as if nothing had been', async () => {
    const args = options.filter((option) => option !== '--json')
    const { child, finished } = start(folder, 'train', 'digits', '--out', 'stopped', ...args)
    // Without --json only epochs print lines.
    child.stdout!.once('data', () => setTimeout(() => child.kill('SIGINT'), 30))
    const { code, stdout, stderr } = await finished
    expect(code).toBe(130)
    expect(stderr).toBe('stopping after this step; once more stops at once\n')
    expect(stdout).toContain('npx gradus train --resume stopped')
    expect(existsSync(join(folder, 'stopped/checkpoints/last.safetensors'))).toBe(true)
    expect(await gradus(folder, 'train', '--resume', 'stopped')).toMatchObject({ code: 0 })
    expectWhole('stopped')
  })

  it('gets a summary and exit code 143 after SIGTERM', async () => {
    const { child, after, finished } = start(folder, 'train', 'digits', '--out', 'ended', ...options)
    after(3, '"type":"step"', () => child.kill('SIGTERM'))
    const { code, stdout } = await finished
    expect(code).toBe(143)
    expect(jsonLinesOf(stdout).at(-1)).toMatchObject({ type: 'end', outcome: 'interrupted', run: 'ended' })
  })
})

describe('--resume', () => {
  it('goes on where --max-steps stopped, within an epoch', async () => {
    const args = ['train', 'digits', '--out', 'parts', ...options]
    expect(await gradus(folder, ...args, '--max-steps', '13')).toMatchObject({ code: 0 })
    expect(await gradus(folder, 'train', '--resume', 'parts', '--max-steps', '1000')).toMatchObject({
      code: 0,
    })
    expectWhole('parts')
  })

  it.each([
    [['--seed', '3'], 'whole was started without it, got 3'],
    [['--batch-size', '32'], 'whole was started with 64, got 32'],
    [['--model', 'mlp'], 'whole was started without it, got mlp'],
    [['--out', 'there'], '--out: a run that goes on (--resume) stays in its folder'],
    [['mnist'], 'whole was started with digits, got mnist'],
  ])('refuses %j', async (args, message) => {
    const failure = await failureOf('train', '--resume', join(folder, 'whole'), ...args)
    expect(failure).toContain(message)
  })

  it('refuses the checkpoint of another model', async () => {
    const args = ['train', 'digits', '--model', 'mlp', '--epochs', '1', '--out', 'mlp', '--json']
    expect(await gradus(folder, ...args)).toMatchObject({ code: 0 })
    cpSync(join(folder, 'mlp/checkpoints'), join(folder, 'ended/checkpoints'), { recursive: true })
    const before = readFileSync(join(folder, 'ended/summary.json'), 'utf8')
    const failure = await failureOf('train', '--resume', join(folder, 'ended'))
    expect(readFileSync(join(folder, 'ended/summary.json'), 'utf8')).toBe(before)
    expect(failure).toContain('checkpoint: expected the parameters of this model, found those of another')
    expect(failure).toContain('"0.weight" [32, 1, 3, 3] is missing in it')
  })
})
