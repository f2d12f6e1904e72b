#!/usr/bin/env node
/** The command line: `gradus train`, `predict`, `info`, `list`, `env`. */
import { GradusError } from '../core/index.ts'
import { createProgram } from './program.ts'
import { formatError } from './report-error.ts'

// A reader that has seen enough (`| head`) ends the program, as it does every other.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  process.stderr.write(
    formatError(new GradusError(`cannot write to standard output: ${error.message}`), false),
  )
  process.exit(1)
})

const program = createProgram()
try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(formatError(error, program.opts().verbose === true))
  process.exitCode = 1
}
