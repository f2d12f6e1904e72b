/** `npm run bench -- NAME`: one subcommand per benchmark; each prints a table, or with --json one line of JSON last. */
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { GradusError, unknownName, VERSION } from '../src/core/index.ts'
import { dataPicture, opsPicture, peersPicture, scalePicture, stepPicture } from './chart/pictures.ts'
import { writeChart } from './chart/style.ts'
import { type DataRow, dataCases, formatData, measureData } from './data.ts'
import { formatInspect, type InspectRow, inspectCases, measureInspect } from './inspect.ts'
import { formatMemory, measureMemory } from './memory.ts'
import { benchModels } from './models.ts'
import { opCases, opNames } from './op-cases.ts'
import { formatOps, measureOps } from './ops.ts'
import { benchOptimizers, formatOptim, measureOptim, type OptimRow } from './optim.ts'
import { formatPeers, installPeers, measurePeer, type PeerRow, peerModels, peers } from './peers.ts'
import { createProgress } from './progress.ts'
import { formatScale, measureScale, type ScaleRow, scaleAxes, scaleResult } from './scale.ts'
import { formatStep, measureStep, type StepRow } from './step.ts'
import { findPython, findTorch } from './torch.ts'
import { benchRoot } from './worker.ts'

interface CommonOptions {
  readonly threads: number
  readonly json: boolean
}

/** Of the benchmarks that take turns and draw. */
interface RoundsOptions extends CommonOptions {
  readonly rounds: number
  /** Where the picture goes. */
  readonly svg: string
}

interface StepCommandOptions extends RoundsOptions {
  readonly models: readonly string[]
  readonly lowering: boolean
  readonly torchCompile: boolean
}

interface OpsCommandOptions extends RoundsOptions {
  readonly ops: readonly string[]
  readonly lowering: boolean
}

interface PeersCommandOptions extends RoundsOptions {
  readonly models: readonly string[]
  readonly peers: readonly string[]
  readonly limit: number
}

const progress = createProgress()

/** Says so if others keep the machine busy: interleaved runs save the ratio from it, but not the times. */
function noteLoad(): void {
  const load = loadavg()[0]!
  if (load < availableParallelism() / 2) return
  progress.note(`the machine is busy (load ${load.toFixed(1)}): times are longer than they need be`)
}

/** A whole number above 0, from the command line. */
function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number above 0.')
  return value
}

const list = (text: string) => text.split(',')
const namesOf = (things: readonly { readonly name: string }[]) => things.map(({ name }) => name)

/** The things that are called so, in the order given. */
function chosen<T extends { readonly name: string }>(
  kind: string,
  all: readonly T[],
  names: readonly string[],
) {
  return names.map((name) => {
    const thing = all.find((candidate) => candidate.name === name)
    if (!thing) throw unknownName(kind, name, namesOf(all))
    return thing
  })
}

/** Says what is measured. */
function announce(threads: number, rounds: number): void {
  progress.note(`gradus ${VERSION}, ${threads} threads, ${rounds} rounds`)
  noteLoad()
}

/** Says what is measured, and whether PyTorch is there to be measured beside it. */
function announceTorch(threads: number, rounds: number): boolean {
  announce(threads, rounds)
  const torch = findTorch()
  const present = 'version' in torch
  progress.note(
    present
      ? `beside PyTorch ${torch.version}`
      : `without PyTorch, its columns stay empty: python3 -c 'import torch' failed (${torch.missing})`,
  )
  return present
}

/** Prints results, as people or programs want them. */
function print(json: boolean, result: object, table: string): void {
  progress.clear()
  console.log(json ? JSON.stringify(result) : table)
}

/** Writes the picture of a benchmark and says where. */
function picture(path: string, svg: string): void {
  writeChart(path, svg)
  progress.note(`picture: ${path}`)
}

async function step(options: StepCommandOptions): Promise<void> {
  const { models: names, rounds, threads, json, svg } = options
  const models = chosen('model', benchModels, names)
  const torch = announceTorch(threads, rounds)
  const rows: StepRow[] = []
  for (const model of models) rows.push(await measureStep(model, { ...options, torch }, progress))
  picture(svg, stepPicture(rows))
  print(json, { rows }, formatStep(rows, models))
}

async function ops(options: OpsCommandOptions): Promise<void> {
  const { ops: names, rounds, threads, json, svg } = options
  const all = opNames.map((name) => ({ name }))
  const wanted = new Set<string>(namesOf(chosen('operator', all, names)))
  const cases = opCases.filter(({ op }) => wanted.has(op))
  const torch = announceTorch(threads, rounds)
  const rows = await measureOps(cases, { ...options, torch }, progress.update)
  picture(svg, opsPicture(rows))
  print(json, { rows }, formatOps(rows))
}

async function scale({ rounds, threads, json, svg }: RoundsOptions): Promise<void> {
  announce(threads, rounds)
  const rows: ScaleRow[] = []
  for (const axis of scaleAxes) rows.push(...(await measureScale(axis, { rounds, threads }, progress.update)))
  const result = scaleResult(rows)
  picture(svg, scalePicture(result))
  print(json, result, formatScale(result))
}

async function beside({ models: names, peers: peerNames, json, svg, ...options }: PeersCommandOptions) {
  const models = chosen('model', peerModels, names)
  const others = chosen('peer', peers, peerNames)
  announce(options.threads, options.rounds)
  installPeers(progress)
  const rows: PeerRow[] = []
  for (const model of models)
    for (const peer of others) rows.push(await measurePeer(peer, model, options, progress.update))
  picture(svg, peersPicture(rows))
  print(json, { rows }, formatPeers(rows))
}

async function optim({ rounds, threads, json }: CommonOptions & { rounds: number }): Promise<void> {
  const torch = announceTorch(threads, rounds)
  const rows: OptimRow[] = []
  for (const name of benchOptimizers)
    rows.push(await measureOptim(name, { rounds, threads, torch }, progress.update))
  print(json, { rows }, formatOptim(rows))
}

async function data({ rounds, threads, json, svg }: RoundsOptions): Promise<void> {
  announce(threads, rounds)
  const torchvision = findPython('torchvision')
  const torch = 'version' in torchvision
  progress.note(
    torch ? `beside torchvision ${torchvision.version}` : `without torchvision: ${torchvision.missing}`,
  )
  const rows: DataRow[] = []
  for (const work of dataCases)
    rows.push(await measureData(work, { rounds, threads, torch }, progress.update))
  picture(svg, dataPicture(rows))
  print(json, { rows }, formatData(rows))
}

async function inspect({
  cases: names,
  rounds,
  threads,
  json,
}: CommonOptions & { rounds: number; cases: readonly string[] }): Promise<void> {
  const models = chosen('case', inspectCases, names)
  announce(threads, rounds)
  const rows: InspectRow[] = []
  for (const model of models) rows.push(await measureInspect(model, { rounds, threads }, progress.update))
  print(json, { rows }, formatInspect(rows))
}

async function memory({ threads, json }: CommonOptions): Promise<void> {
  const result = await measureMemory({ threads }, progress.update)
  print(json, result, formatMemory(result))
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

/** A benchmark that takes turns and draws. */
const drawn = (name: string, description: string, rounds: number) =>
  command(name, description)
    .option('--rounds <n>', 'turns that each side gets', count, rounds)
    .option('--svg <file>', 'where the picture goes', join(benchRoot, 'bench/results', `${name}.svg`))

drawn('step', 'time of a whole training step: forward, loss, backward, update', 10)
  .option('--models <names>', 'comma-separated', list, namesOf(benchModels))
  .option('--no-lowering', 'our graph as it is, not rewritten for this machine')
  .option('--torch-compile', 'also torch.compile, which takes minutes to compile', false)
  .action(step)

drawn('ops', 'rates of single operators of training, beside PyTorch', 5)
  .option('--ops <names>', 'comma-separated', list, [...opNames])
  .option('--no-lowering', 'our graph as it is, not rewritten for this machine')
  .action(ops)

drawn('scale', 'time of a step against batch, width, depth and threads', 5).action(scale)

drawn('peers', 'time of a step beside other libraries for JavaScript, which it installs', 5)
  .option('--models <names>', 'comma-separated', list, namesOf(peerModels))
  .option('--peers <names>', 'comma-separated', list, namesOf(peers))
  .option('--limit <seconds>', 'most time that a peer gets for a network', count, 180)
  .action(beside)

drawn('data', 'images per second: decoding, augmenting, loading, beside torchvision', 5).action(data)

command('optim', 'time of the update of 11 M parameters in the shapes of ResNet-18')
  .option('--rounds <n>', 'turns that each side gets', count, 20)
  .action(optim)

command('inspect', 'what it costs to look at activations, gradients and updates while training')
  .option('--rounds <n>', 'turns that each side gets', count, 10)
  .option('--cases <names>', 'comma-separated', list, namesOf(inspectCases))
  .action(inspect)

command('memory', 'resident memory over 10,000 training steps of a small network').action(memory)

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof GradusError)) throw error
  progress.note(`error: ${error.message}`)
  process.exitCode = 1
}
