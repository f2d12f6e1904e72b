import { type ChildProcess, fork } from 'node:child_process'
import { ensure, GradusError } from '../../core/index.ts'
import type { CaseResult } from './run-case.ts'

/** A case to run in another process. */
export interface Order {
  readonly name: string
  readonly seed: number
  readonly dir: string | undefined
  readonly tries: boolean
}

/** What a worker answers. */
export type Answer = { readonly result: CaseResult } | { readonly error: string }

export interface PoolOptions {
  /** The module that answers orders; see `answerOrders`. */
  readonly worker: string
  /** Options of Node for them, such as what makes it understand TypeScript. */
  readonly execArgv?: readonly string[]
  /** Cases at a time, each in a process of its own with one thread. */
  readonly workers: number
  /** Is told after each case. */
  readonly watch?: (result: CaseResult, done: number) => void
}

/**
 * Runs the cases, several at a time. The results are in the order of the orders.
 * @throws naming the case that failed.
 */
export async function runAll(
  orders: readonly Order[],
  { worker, workers, execArgv = [], watch = () => {} }: PoolOptions,
): Promise<CaseResult[]> {
  const results: CaseResult[] = new Array(orders.length)
  const queue = [...orders.entries()]
  let done = 0
  const work = async () => {
    const child = fork(worker, ['--worker'], { execArgv: [...execArgv] })
    try {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const [place, order] = next
        const result = await answerOf(child, order)
        results[place] = result
        watch(result, ++done)
      }
    } finally {
      child.kill()
    }
  }
  await Promise.all(Array.from({ length: Math.min(workers, orders.length) }, work))
  return results
}

async function answerOf(child: ChildProcess, order: Order): Promise<CaseResult> {
  const answer = await new Promise<Answer>((resolve) => {
    const ended = (code: number | null) => {
      resolve({ error: `its process ended with code ${code}` })
    }
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as Answer)
    })
    child.send(order)
  })
  if ('error' in answer) throw new GradusError(`clinic: ${order.name} (seed ${order.seed}): ${answer.error}`)
  return answer.result
}

/** Answers the orders that the process gets from its parent, one after the other. */
export function answerOrders(run: (order: Order) => Promise<CaseResult>): void {
  ensure(process.send, 'clinic: expected a process that was started by the clinic')
  const answer = (message: Answer) => process.send!(message)
  process.on('message', (order: Order) => {
    run(order).then(
      (result) => answer({ result }),
      (error: unknown) =>
        answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
}
