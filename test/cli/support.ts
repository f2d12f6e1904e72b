import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, vi } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { formatError } from '../../src/cli/report-error.ts'

/** The built program. */
export const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** A fresh folder for the tests of a file, removed after them. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-cli-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Finished {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** Calls `then` once, when `count` lines of standard output contain `text`. */
  after(count: number, text: string, then: () => void): void
}

/** Starts the built command line in a folder. */
export function start(cwd: string, ...args: string[]): Running {
  const child = spawn(process.execPath, [main, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  const watchers: { count: number; text: string; then: () => void }[] = []
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk
    for (const watcher of [...watchers]) {
      if (output.stdout.split(watcher.text).length - 1 < watcher.count) continue
      watchers.splice(watchers.indexOf(watcher), 1)
      watcher.then()
    }
  })
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk
  })
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...output }))
  })
  return { child, finished, after: (count, text, then) => void watchers.push({ count, text, then }) }
}

/** Runs the built command line in a folder, to its end. */
export const gradus = (cwd: string, ...args: string[]): Promise<Finished> => start(cwd, ...args).finished

/** Runs commands in this process, whose standard output is caught from now on: what one printed. */
export function inProcess(): (...args: string[]) => Promise<string> {
  let printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text
    return true
  })
  return async (...args) => {
    printed = ''
    await createProgram().parseAsync(args, { from: 'user' })
    return printed
  }
}

/** What a person reads of a command that fails; it runs in this process. */
export async function failureOf(...args: string[]): Promise<string> {
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    return formatError(error, false)
  }
  throw new Error(`gradus ${args.join(' ')} did not fail`)
}

/** The lines of JSON that a program printed. */
export function jsonLinesOf(text: string): Record<string, unknown>[] {
  return text.trimEnd().split('\n').map((line) => JSON.parse(line)) // biome-ignore format: a chain of three
}
