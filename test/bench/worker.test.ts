import { describe, expect, it } from 'vitest'
import { startWorker } from '../../bench/worker.ts'

/** A worker in a few lines: says who it is, doubles what it gets. */
const obedient = `
  const task = JSON.parse(process.argv.at(-1))
  console.log(JSON.stringify({ startMs: 1, parameters: task.parameters }))
  const lines = require('node:readline').createInterface({ input: process.stdin })
  lines.on('line', (line) => console.log(JSON.stringify({ ms: 2 * Number(line), peakMB: 3 })))
`
const node = (script: string) => [process.execPath, '-e', script, '--']

describe('a worker', () => {
  it('gets its task, answers each command, and ends when it is closed', async () => {
    const { worker, ready } = await startWorker('test', node(obedient), { parameters: 42 })
    expect(ready).toEqual({ startMs: 1, parameters: 42 })
    expect(await worker.steps(5)).toEqual({ ms: 10, peakMB: 3 })
    expect(await worker.steps(7)).toEqual({ ms: 14, peakMB: 3 })
    await worker.close()
    await expect(worker.steps(1)).rejects.toThrow('the test worker ended before it was done')
  })

  it('that fails is named, with what it said last', async () => {
    const failing = node('console.error("first"); console.error("no such network"); process.exit(1)')
    await expect(startWorker('test', failing, {})).rejects.toThrow(
      'the test worker ended before it was done\n  first\n  no such network',
    )
  })

  it('that dies between two commands is one error too', async () => {
    const dying = `${obedient}; lines.on('line', () => process.exit(1))`
    const { worker } = await startWorker('test', node(dying), { parameters: 1 })
    await worker.steps(1).catch(() => {})
    await expect(worker.steps(1)).rejects.toThrow('the test worker ended')
  })

  it('that does not get ready before its deadline is stopped', async () => {
    const sleeping = node('setInterval(() => {}, 1000)')
    await expect(startWorker('test', sleeping, {}, AbortSignal.timeout(200))).rejects.toThrow(
      'stopped: it took too long',
    )
  })

  it('of PyTorch can get another task', async () => {
    const changing = `
      const task = JSON.parse(process.argv.at(-1))
      const ready = ({ parameters }) => console.log(JSON.stringify({ startMs: 1, parameters }))
      ready(task)
      const lines = require('node:readline').createInterface({ input: process.stdin })
      lines.on('line', (line) => ready(JSON.parse(line)))
    `
    const { worker } = await startWorker('test', node(changing), { parameters: 1 })
    expect(await worker.change({ parameters: 2 })).toEqual({ startMs: 1, parameters: 2 })
    await worker.close()
  })

  it('that cannot be started is an error', async () => {
    await expect(startWorker('test', ['/no/such/program'], {})).rejects.toThrow('ENOENT')
  })
})
