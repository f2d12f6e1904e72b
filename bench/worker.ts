import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { GradusError } from '../src/core/index.ts'

/** What a worker says first, when it is ready. */
export interface Ready {
  /** Milliseconds from the description of the work to the result of its first step. */
  readonly startMs: number
  /** Number of trained numbers: workers that are compared must train the same network. */
  readonly parameters: number
}

/** What a worker says after each command. */
export interface Timing {
  /** Median time of a step, in milliseconds. */
  readonly ms: number
  /** The most resident memory that the process had so far, in MB (10^6 bytes). */
  readonly peakMB: number
  /** The resident memory now; only our own workers tell. */
  readonly residentMB?: number
}

/** Where the repository is. */
export const benchRoot = dirname(createRequire(import.meta.url).resolve('gradus/package.json'))

/** The command of a worker of ours, compiled by `npm run bench`. */
export const ownWorker = (name: string): string[] => [
  process.execPath,
  join(benchRoot, 'bench/dist/bench/workers', `${name}.js`),
]

/** The command of a peer in Python. */
export const pythonPeer = (name: string): string[] => [
  'python3',
  join(benchRoot, 'bench/peers', `${name}.py`),
]

/** The command of a peer in JavaScript. */
export const nodePeer = (name: string): string[] => [
  process.execPath,
  join(benchRoot, 'bench/peers/node', `${name}.js`),
]

/**
 * A process that prepares one piece of work and then waits: it does steps when told to, so that several of them can take
 * turns, and its memory is that of this work alone.
 *
 * It gets its task as JSON in its last argument. It writes a line of JSON when it is ready, reads a number of steps from
 * each line of its standard input, does them and answers with a line of JSON. It ends when its input ends, which it
 * also does if this process dies.
 */
export class Worker {
  readonly name: string
  readonly #process: ChildProcessWithoutNullStreams
  readonly #replies: AsyncIterator<string>
  readonly #ended: Promise<unknown>
  #complaints = ''

  /** Use {@link startWorker}. */
  constructor(name: string, command: readonly string[], task: object, deadline?: AbortSignal) {
    this.name = name
    const [program, ...args] = command
    this.#process = spawn(program!, [...args, JSON.stringify(task)])
    this.#replies = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-2000)
    })
    // Whoever waits for a reply hears of it; these would only say so a second time, as uncaught errors.
    this.#process.stdin.on('error', () => {})
    this.#process.on('error', (error) => {
      this.#complaints += error.message
    })
    deadline?.addEventListener('abort', () => {
      this.#complaints = 'stopped: it took too long'
      this.#process.kill('SIGKILL')
    })
    this.#ended = once(this.#process, 'close').catch(() => {})
  }

  /** Gives a PyTorch peer another task in place of the one that it has: starting Python takes longer than most tasks. */
  async change(task: object): Promise<Ready> {
    this.#process.stdin.write(`${JSON.stringify(task)}\n`)
    return this.receive<Ready>()
  }

  /** Does so many steps. */
  async steps(count: number): Promise<Timing> {
    this.#process.stdin.write(`${count}\n`)
    return this.receive<Timing>()
  }

  /**
   * The next line that the worker writes.
   * @throws with the end of what it complained about, if it ends instead.
   */
  async receive<T>(): Promise<T> {
    const { done, value } = await this.#replies.next()
    if (!done) return JSON.parse(value) as T
    await this.#ended
    throw new GradusError(
      `the ${this.name} worker ended before it was done`,
      this.#complaints.trim().split('\n').slice(-5),
    )
  }

  /** Lets the process end, and waits until it has. */
  async close(): Promise<void> {
    this.#process.stdin.end()
    await this.#ended
  }
}

/**
 * Starts a process for one task and waits until it is ready.
 * @param deadline ends the process when it aborts, if that is still there then.
 */
export async function startWorker(
  name: string,
  command: readonly string[],
  task: object,
  deadline?: AbortSignal,
): Promise<{ worker: Worker; ready: Ready }> {
  const worker = new Worker(name, command, task, deadline)
  return { worker, ready: await worker.receive<Ready>() }
}
