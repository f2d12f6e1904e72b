import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { failureOf, gradus, jsonLinesOf, temporaryFolder } from './support.ts'

const folder = temporaryFolder()

/** Runs a command in this process, for its output and exit code. */
async function run(...args: string[]): Promise<{ readonly stdout: string; readonly code: unknown }> {
  let stdout = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text
    return true
  })
  try {
    await createProgram().parseAsync(args, { from: 'user' })
    return { stdout, code: process.exitCode }
  } finally {
    process.exitCode = undefined
    write.mockRestore()
  }
}
const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url))

describe('gradus check', () => {
  it('refuses the recipe with a planted bug, with the right reason', async () => {
    const { code, stdout } = await gradus(folder, 'check', example('planted-bug.ts'))
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /\nproblem {2}outputs {10}the model ends with probabilities \(softmax\), but crossEntropy takes scores\n/,
    )
    expect(stdout).toMatch(
      /^digits {2}sequential, 9,610 parameters\nok {7}recipe {11}digits, sequential and crossEntropy fit/,
    )
    expect(stdout).toMatch(/\n15 checks in [\d.]+ s: 13 ok, 2 problems\n$/)
    expect(stdout).toContain('try: leave the softmax at the end of the model out\n')
    expect(stdout).toMatch(/\nproblem {2}overfit {10}10 samples cannot be learned by heart/)
  })

  it('--json prints findings, and at last the summary', async () => {
    const args = ['--checks', 'inputs,initial-loss', '--json', '--threads', '1', '--no-lowering']
    const lines = jsonLinesOf((await run('check', 'digits', ...args)).stdout)
    expect(lines).toMatchObject([
      { type: 'start', data: 'digits', model: 'cnn', checks: ['inputs', 'initial-loss'] },
      { type: 'finding', check: 'inputs', severity: 'fine' },
      { type: 'finding', check: 'initial-loss', severity: 'fine' },
      { type: 'summary', passed: true, fine: 2, warning: 0, problem: 0 },
    ])
  })

  it('knows its checks and its data', async () => {
    const unknown = await failureOf('check', 'digits', '--checks', 'gradient')
    expect(unknown).toMatch(/^error: unknown check "gradient"; did you mean "gradients"\?\n/)
    expect(await failureOf('check', 'mnits')).toMatch(/^error: unknown data set "mnits"/)
    expect(await failureOf('check', 'digits', '--seconds', '0')).toMatch(
      /^error: --seconds: expected a number above 0/,
    )
  })
})

describe('gradus find-lr', () => {
  it('tells a rate with its interval, and draws it', async () => {
    const args = ['--steps', '60', '--threads', '1', '--out', 'pictures']
    const { code, stdout, stderr } = await gradus(folder, 'find-lr', 'digits', ...args)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^digits {2}cnn, sgd, batch 32; 3 sweeps in [\d.]+ s\nlearning rate [\d.]+, good from [\d.]+ to [\d.]+; 3 of 3 sweeps agree within a factor of [\d.]+\nthe recipe has 0.05\npictures\/rate.svg\npictures\/rate.png\n$/,
    )
  })

  it('--json prints one line with the curves; not being able to tell is exit code 1', async () => {
    const args = ['--to', '1e-3', '--seeds', '1', '--json']
    const { code, stdout } = await run('find-lr', 'digits', ...args)
    expect(code).toBe(1)
    const [answer] = jsonLinesOf(stdout)
    expect(answer).toMatchObject({ outcome: 'unclear', data: 'digits', files: [] })
    expect((answer!.curves as { points: unknown[] }[])[0]!.points).toHaveLength(150)
  })
})
