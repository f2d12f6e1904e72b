import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { GradusError } from '../../../core/index.ts'
import { type DecoderSetup, decoderCode, decoderModules } from './decoder-code.ts'
import type { DecoderAnswer, DecoderJob, DecoderQuestion } from './decoder-main.ts'

/** Jobs that a thread has at a time: enough that it never waits for the calling thread. */
const depth = 4
/** More threads than this would take memory and have nothing to do: training needs the cores, too. */
const mostThreads = 16

interface Pending {
  readonly job: DecoderJob
  readonly resolve: (planes: Uint8Array | undefined) => void
  readonly reject: (error: GradusError) => void
}

/** A thread, and what it was asked and has not answered. It keeps the process alive only while there is such. */
class DecoderThread {
  readonly pending = new Map<number, Pending>()
  readonly #worker: Worker

  /** @param freed is called when it can have more to do; with an error, when it is gone. */
  constructor(workerData: DecoderSetup, freed: (error?: GradusError) => void) {
    // Without the flags of this process: they may load code that the thread has no use for.
    this.#worker = new Worker(decoderCode, { eval: true, workerData, execArgv: [] })
    this.#worker.unref()
    this.#worker.on('message', ({ id, planes, failure }: DecoderAnswer) => {
      const { resolve, reject } = this.pending.get(id)!
      this.pending.delete(id)
      if (this.pending.size === 0) this.#worker.unref()
      if (failure === undefined) resolve(planes)
      else reject(failed(failure))
      freed()
    })
    this.#worker.on('error', (error) => freed(failed(error)))
    this.#worker.on('exit', (code) => freed(failed(`it ended with code ${code}`)))
  }

  ask(id: number, pending: Pending): void {
    if (this.pending.size === 0) this.#worker.ref()
    this.pending.set(id, pending)
    const { job } = pending
    const question: DecoderQuestion = { id, job }
    const bytes = 'pixels' in job ? job.pixels : job.file
    this.#worker.postMessage(question, typeof bytes === 'string' ? [] : [bytes.buffer as ArrayBuffer])
  }
}

/**
 * Threads that decode and scale pictures, each one at a time: at most one for each core, started when there is something to do.
 * Who does what does not change the bytes.
 */
export class DecoderThreads {
  readonly #threads: DecoderThread[] = []
  readonly #waiting: Pending[] = []
  readonly #most = Math.min(availableParallelism(), mostThreads)
  readonly #codec: string
  #setup: DecoderSetup | undefined
  #asked = 0

  /** @param codec the library that decodes JPEGs, as Node finds it. */
  constructor(codec = '@julusian/jpeg-turbo') {
    this.#codec = codec
  }

  /**
   * @param job its bytes are the thread's from then on.
   * @returns planes, or undefined if the file is left to another decoder.
   * @throws if a thread cannot start or ends.
   */
  run(job: DecoderJob): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject })
      this.#hand()
    })
  }

  #hand(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#free()
      if (!thread) return
      thread.ask(this.#asked++, this.#waiting.shift()!)
    }
  }

  /** The thread with the least to do, a new one if all have something; none if all have enough. */
  #free(): DecoderThread | undefined {
    const [least] = [...this.#threads].sort((a, b) => a.pending.size - b.pending.size)
    if (least?.pending.size === 0) return least
    if (this.#threads.length < this.#most) return this.#start()
    return least!.pending.size < depth ? least : undefined
  }

  #start(): DecoderThread {
    this.#setup ??= {
      codec: createRequire(import.meta.url).resolve(this.#codec),
      modules: decoderModules(),
    }
    const thread = new DecoderThread(this.#setup, (error) => {
      if (error) this.#bury(thread, error)
      this.#hand()
    })
    this.#threads.push(thread)
    return thread
  }

  #bury(thread: DecoderThread, error: GradusError): void {
    const at = this.#threads.indexOf(thread)
    if (at >= 0) this.#threads.splice(at, 1)
    for (const { reject } of thread.pending.values()) reject(error)
    thread.pending.clear()
  }
}

/** The threads of this process. */
export const decoderThreads = new DecoderThreads()

const failed = (reason: unknown) =>
  new GradusError('decoding pictures failed on another thread', [String(reason)], { cause: reason })
