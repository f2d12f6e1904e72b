import { GradusError } from '../core/index.ts'

/**
 * What a person sees of an error: `error: ` and its message with the notes below it, indented. The stack follows if
 * `verbose`; of an error that is nobody's but ours, it is said how to get it.
 */
export function formatError(error: unknown, verbose: boolean): string {
  const message = error instanceof Error ? error.message : String(error)
  const lines = [`error: ${message}`]
  if (!(error instanceof GradusError) && !verbose) {
    lines.push('  Gradus did not expect this; run again with --verbose to see where it comes from')
  }
  if (verbose) lines.push(...stacksOf(error))
  return `${lines.join('\n')}\n`
}

/** Where an error was thrown, and where the errors that caused it were; their messages are not repeated. */
function stacksOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '))
  const { cause } = error
  return cause instanceof Error
    ? [...frames, `  caused by ${cause.name}: ${cause.message}`, ...stacksOf(cause)]
    : frames
}
