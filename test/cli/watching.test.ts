import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { RunList } from '../../src/serve/api.ts'
import { writeRun } from '../dashboard/synthetic.ts'
import { failureOf, gradus, start, temporaryFolder } from './support.ts'

const folder = temporaryFolder()

it('train --ui serves the run while it trains, and --log writes other logs', async () => {
  const running = start(folder, 'train', 'digits', '--epochs', '3', '--ui', '--log', 'tensorboard,csv')
  let said = ''
  running.child.stderr!.on('data', (chunk) => {
    said += chunk
  })
  let answer: Promise<RunList> | undefined
  running.after(1, 'epoch 1/3', () => {
    const [, url] = /^dashboard (\S+) {3}while the run trains; later: npx gradus ui runs$/m.exec(said)!
    answer = fetch(new URL('api/runs', url)).then((response) => response.json() as Promise<RunList>)
  })
  const { code, stderr } = await running.finished
  expect(code, stderr).toBe(0)
  expect((await answer)!.runs).toMatchObject([{ id: 'digits-1', state: 'running', data: 'digits' }])
  const files = readdirSync(join(folder, 'runs/digits-1'))
  expect(files).toEqual(
    expect.arrayContaining(['steps.csv', 'epochs.csv', expect.stringContaining('tfevents')]),
  )
  expect(readFileSync(join(folder, 'runs/digits-1/steps.csv'), 'utf8').trimEnd().split('\r\n')).toHaveLength(
    121,
  )
})

it('ui serves a folder until it is stopped', async () => {
  writeRun(join(folder, 'others'), 'some-run')
  const running = start(folder, 'ui', 'others', '--port', '0')
  running.after(1, 'Ctrl-C', () => running.child.kill('SIGINT'))
  const { code, stdout } = await running.finished
  expect(stdout).toMatch(/^dashboard of others: http:\/\/127\.0\.0\.1:\d+\/ {3}Ctrl-C ends it\n$/)
  expect(code).toBe(0)
})

it('ui warns when others can see the runs', async () => {
  const running = start(folder, 'ui', 'others', '--port', '0', '--host', '0.0.0.0')
  running.after(1, 'Ctrl-C', () => setTimeout(() => running.child.kill('SIGTERM'), 100))
  const { stderr } = await running.finished
  expect(stderr).toContain('note: everyone who can reach 0.0.0.0 sees these runs: there is no password')
})

it('report writes the page of a run as one file', async () => {
  writeRun(join(folder, 'others'), 'some-run')
  const { code, stdout } = await gradus(folder, 'report', 'others/some-run')
  expect([code, stdout]).toEqual([0, `${join('others/some-run', 'report.html')}\n`])
  expect(readFileSync(join(folder, stdout.trim()), 'utf8')).toContain('id="embedded"')
  await gradus(folder, 'report', 'others/some-run', '--out', 'page.html')
  expect(existsSync(join(folder, 'page.html'))).toBe(true)
})

it('what cannot be shown is said', async () => {
  expect(await failureOf('ui', join(folder, 'nowhere'))).toMatch(
    /^error: .*nowhere: expected a folder of runs, found nothing\n {2}runs are kept in runs\//,
  )
  expect(await failureOf('report', join(folder, 'nowhere'))).toContain(
    'expected a folder of runs, found nothing',
  )
  expect(await failureOf('ui', folder, '--port', 'x')).toBe(
    'error: --port: expected a whole number of at least 0, got "x"\n',
  )
  expect(await failureOf('train', 'digits', '--log', 'tensorbord')).toBe(
    'error: unknown log "tensorbord"; did you mean "tensorboard"?\n  known: tensorboard, csv\n',
  )
})
