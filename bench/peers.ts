import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ensure, GradusError } from '../src/core/index.ts'
import { interleave } from './interleave.ts'
import { type BenchModel, benchModels } from './models.ts'
import type { Progress } from './progress.ts'
import { median, medianRatio, rounded } from './stats.ts'
import { formatTable } from './table.ts'
import { benchRoot, nodePeer, ownWorker, startWorker, type Timing, type Worker } from './worker.ts'

/** A library that trains in JavaScript, on one of its devices. */
export interface Peer {
  readonly name: string
  /** Its script in peers/node/. */
  readonly script: string
  readonly device: string
}

export const peers: readonly Peer[] = [
  { name: 'tfjs-wasm', script: 'tfjs', device: 'wasm' },
  { name: 'tfjs-cpu', script: 'tfjs', device: 'cpu' },
  { name: 'jax-js', script: 'jax-js', device: 'wasm' },
]

/** The networks that all of them can express. */
export const peerModels = benchModels.filter(({ name }) => ['mlp', 'lenet', 'vgg'].includes(name))

export interface PeersOptions {
  /** Threads on our side; the peers have one in Node. */
  readonly threads: number
  /** Turns that each side gets. */
  readonly rounds: number
  /** Most time that a peer gets for a network, in seconds. */
  readonly limit: number
}

/** A network's training step in a peer, beside ours at the same batch size; null where the peer cannot. */
export interface PeerRow {
  readonly peer: string
  readonly model: string
  /** Samples per step: fewer than usual where the peer would not be done in time. */
  readonly batchSize: number | null
  /** Median time of its step for each sample, in milliseconds. */
  readonly peerMsPerSample: number | null
  /** The same of ours. */
  readonly gradusMsPerSample: number | null
  /** Its time / our time. */
  readonly ratio: number | null
  /** Why there are no times, or what is special about them. */
  readonly note: string
}

/** Installs the peers in their own folder, unless they are there. */
export function installPeers(progress: Pick<Progress, 'note'>): void {
  const cwd = join(benchRoot, 'bench/peers/node')
  if (existsSync(join(cwd, 'node_modules'))) return
  progress.note('installing TensorFlow.js and jax-js in bench/peers/node')
  const options = ['--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts']
  const { status, stderr, error } = spawnSync('npm', ['install', ...options], { cwd, encoding: 'utf8' })
  ensure(
    status === 0,
    'the peers cannot be installed in bench/peers/node',
    error?.message ?? stderr.trim().split('\n').slice(-3).join('\n  '),
  )
}

/** Measures a network in a peer: one sample first, to see how many it can do in time. */
export async function measurePeer(
  peer: Peer,
  model: BenchModel,
  options: PeersOptions,
  report: (text: string) => void,
): Promise<PeerRow> {
  const label = `${model.name}, ${peer.name}`
  report(`${label}: one sample`)
  let probe: Timing & { readonly parameters: number }
  try {
    probe = await probePeer(peer, model, options.limit)
  } catch (error) {
    if (!(error instanceof GradusError)) throw error
    return emptyRow(peer, model, reasonOf(error))
  }
  const batchSize = batchFor(probe.ms, model.batchSize, options)
  const workers: Worker[] = []
  const start = async (name: string, command: readonly string[], extra: object) => {
    report(`${label}: starting ${name} with ${batchSize} samples`)
    const { worker, ready } = await startWorker(name, command, { ...model, batchSize, ...extra })
    workers.push(worker)
    ensure(ready.parameters === probe.parameters, `${label}: not the same network as ours`)
  }
  try {
    await start('gradus', ownWorker('gradus-step'), { threads: options.threads, lowering: true })
    if (batchSize > 1) await start(peer.name, nodePeer(peer.script), { device: peer.device })
    const onRound = (round: number) => report(`${label}: round ${round}/${options.rounds}`)
    const [ours, theirs] = await interleave(workers, options.rounds, onRound)
    return peerRow(peer, model, { batchSize, ours: ours!, theirs: theirs ?? ours!.map(() => probe) })
  } finally {
    await Promise.all(workers.map((worker) => worker.close()))
  }
}

/** One step of one sample, after the first one, which compiles. */
async function probePeer(peer: Peer, model: BenchModel, limit: number) {
  const deadline = AbortSignal.timeout(1000 * limit)
  const task = { ...model, batchSize: 1, device: peer.device }
  const { worker, ready } = await startWorker(peer.name, nodePeer(peer.script), task, deadline)
  try {
    return { ...(await worker.steps(1)), parameters: ready.parameters }
  } finally {
    await worker.close()
  }
}

/** What a peer said last. */
const reasonOf = ({ message, notes }: GradusError): string => notes.at(-1) ?? message

/** The largest batch with which a peer that takes `ms` for one sample does its first steps and its rounds in time. */
export function batchFor(ms: number, usual: number, { rounds, limit }: PeersOptions): number {
  const steps = 3 + rounds // the first one and those that warm up, besides the rounds
  return [usual, 32, 8].find((batch) => (batch * ms * steps) / 1000 <= limit) ?? 1
}

const emptyRow = (peer: Peer, model: BenchModel, note: string): PeerRow => ({
  peer: peer.name,
  model: model.name,
  batchSize: null,
  peerMsPerSample: null,
  gradusMsPerSample: null,
  ratio: null,
  note,
})

interface PeerTimings {
  readonly batchSize: number
  readonly ours: readonly Timing[]
  readonly theirs: readonly Timing[]
}

/** The row of a network in a peer. */
export function peerRow(peer: Peer, model: BenchModel, { batchSize, ours, theirs }: PeerTimings): PeerRow {
  const [our, their] = [ours, theirs].map((timings) => timings.map(({ ms }) => ms)) as [number[], number[]]
  const perSample = (times: readonly number[]) => rounded(median(times) / batchSize)
  return {
    peer: peer.name,
    model: model.name,
    batchSize,
    peerMsPerSample: perSample(their),
    gradusMsPerSample: perSample(our),
    ratio: rounded(medianRatio(their, our), 3),
    note: noteOn(batchSize, model),
  }
}

function noteOn(batchSize: number, model: BenchModel): string {
  if (batchSize === model.batchSize) return ''
  if (batchSize === 1) return `one step of one sample: ${model.batchSize} are not done in time`
  return `${batchSize} samples instead of ${model.batchSize}: more are not done in time`
}

/** The rows for people. */
export const formatPeers = (rows: readonly PeerRow[]): string =>
  formatTable(
    ['model', 'peer', 'batch', 'peer ms/sample', 'gradus ms/sample', 'ratio', 'note'],
    rows.map((row) => [
      row.model,
      row.peer,
      row.batchSize,
      row.peerMsPerSample,
      row.gradusMsPerSample,
      row.ratio,
      row.note,
    ]),
  )
