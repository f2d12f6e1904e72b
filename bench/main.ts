/** `npm run bench -- NAME`: one subcommand per benchmark; each prints a table, or with --json one line of JSON last. */
import { availableParallelism, loadavg } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { GradusError, unknownName, VERSION } from '../src/core/index.ts'
import { formatMemory, measureMemory } from './memory.ts'
import { benchModels } from './models.ts'
import { benchOptimizers, formatOptim, measureOptim, type OptimRow } from './optim.ts'
import { createProgress } from './progress.ts'
import { formatStep, measureStep, type StepRow } from './step.ts'
import { findTorch } from './torch.ts'

interface CommonOptions {
  readonly threads: number
  readonly json: boolean
}

interface StepCommandOptions extends CommonOptions {
  readonly models: readonly string[]
  readonly rounds: number
  readonly lowering: boolean
}

const progress = createProgress()

/** Says so if others keep the machine busy: interleaved runs save the ratio from it, but not the times. */
function noteLoad(): void {
  const load = loadavg()[0]!
  if (load < availableParallelism() / 2) return
  progress.note(`the machine is busy (load ${load.toFixed(1)}): times are longer than they need be`)
}
const allModels = benchModels.map(({ name }) => name)

/** A whole number above 0, from the command line. */
function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number above 0.')
  return value
}

function chosen(names: readonly string[]) {
  return names.map((name) => {
    const model = benchModels.find((candidate) => candidate.name === name)
    if (!model) throw unknownName('model', name, allModels)
    return model
  })
}

/** Says what is measured, and whether PyTorch is there to be measured beside it. */
function announce(threads: number, rounds: number): boolean {
  const torch = findTorch()
  const present = 'version' in torch
  progress.note(`gradus ${VERSION}, ${threads} threads, ${rounds} rounds`)
  progress.note(
    present
      ? `beside PyTorch ${torch.version}`
      : `without PyTorch, its columns stay empty: python3 -c 'import torch' failed (${torch.missing})`,
  )
  noteLoad()
  return present
}

async function step({ models: names, rounds, threads, lowering, json }: StepCommandOptions): Promise<void> {
  const models = chosen(names)
  const present = announce(threads, rounds)
  const rows: StepRow[] = []
  for (const model of models) {
    const options = { rounds, threads, lowering, torch: present }
    rows.push(await measureStep(model, options, progress.update))
  }
  progress.clear()
  console.log(json ? JSON.stringify({ rows }) : formatStep(rows, models))
}

async function optim({ rounds, threads, json }: CommonOptions & { rounds: number }): Promise<void> {
  const torch = announce(threads, rounds)
  const rows: OptimRow[] = []
  for (const name of benchOptimizers)
    rows.push(await measureOptim(name, { rounds, threads, torch }, progress.update))
  progress.clear()
  console.log(json ? JSON.stringify({ rows }) : formatOptim(rows))
}

async function memory({ threads, json }: CommonOptions): Promise<void> {
  const result = await measureMemory({ threads }, progress.update)
  progress.clear()
  console.log(json ? JSON.stringify(result) : formatMemory(result))
}

const program = new Command('bench').description(
  'Benchmarks of Gradus, beside its peers where they are installed',
)

const command = (name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .option('--threads <n>', 'threads on each side', count, availableParallelism())
    .option('--json', 'results as JSON, on the last line', false)

command('step', 'time of a whole training step: forward, loss, backward, update')
  .option('--models <names>', 'comma-separated', (text: string) => text.split(','), allModels)
  .option('--rounds <n>', 'turns that each side gets', count, 10)
  .option('--no-lowering', 'our graph as it is, not rewritten for this machine')
  .action(step)

command('optim', 'time of the update of 11 M parameters in the shapes of ResNet-18')
  .option('--rounds <n>', 'turns that each side gets', count, 20)
  .action(optim)

command('memory', 'resident memory over 10,000 training steps of a small network').action(memory)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof GradusError)) throw error
  progress.note(`error: ${error.message}`)
  process.exitCode = 1
}
