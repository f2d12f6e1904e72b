/** Ctrl-C (SIGINT) and SIGTERM with the exit codes that a shell expects of a program that they ended. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

export interface Interrupt {
  /** Aborted by the first of the two. */
  readonly signal: AbortSignal
  /** The exit code for what happened; undefined if nothing did. */
  readonly exitCode: number | undefined
  /** Stops listening. */
  dispose(): void
}

/**
 * Listens for a person who wants to stop: the first time asks the run to end in order, which takes until its step is done;
 * the second time ends the program at once.
 * @param said is called the first time, to tell the person.
 */
export function listenForInterrupt(said: () => void): Interrupt {
  const controller = new AbortController()
  let exitCode: number | undefined
  const listen = (name: NodeJS.Signals) => {
    const code = exitCodes[name as keyof typeof exitCodes]
    if (exitCode !== undefined) process.exit(code)
    exitCode = code
    said()
    controller.abort()
  }
  const names = Object.keys(exitCodes) as (keyof typeof exitCodes)[]
  for (const name of names) process.on(name, listen)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    dispose() {
      for (const name of names) process.off(name, listen)
    },
  }
}
