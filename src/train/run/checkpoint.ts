import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import {
  bytesOf,
  encodeSafetensors,
  ensure,
  formatShape,
  GradusError,
  type JsonObject,
  parseJson,
  type Shape,
  sameShape,
  stringifyJson,
  type Tensor,
  VERSION,
} from '../../core/index.ts'
import { atomicWrite } from './atomic-write.ts'
import { readSafetensors } from './safetensors.ts'

/**
 * All that a run needs to go on: the tensors (parameters, buffers, optimizer state) and the state of everything else
 * (step, epoch, seed, loader, best metric, model fingerprint), which the training loop defines.
 */
export interface Checkpoint {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly state: JsonObject
}

/** The version of the format, raised when older readers could misunderstand a file. */
const FORMAT = 1

/** Where a run keeps its newest state, and that of its best evaluation. */
export const checkpointNames = { last: 'last.safetensors', best: 'best.safetensors' } as const

/**
 * Writes a checkpoint: one safetensors file with the state as JSON in its metadata, readable by other tools.
 * The file appears whole or not at all; see {@link atomicWrite}.
 *
 * @throws if the disk is full or the folder is not writable (the previous checkpoint is then unchanged), or if
 *   the state holds a number that JSON cannot.
 */
export function saveCheckpoint(path: string, { tensors, state }: Checkpoint): void {
  const text = stringifyJson(state, 'checkpoint state')
  const metadata = new Map([
    ['format', `gradus checkpoint ${FORMAT}`],
    ['gradus', VERSION],
    ['state', text],
    ['crc32', checksum(text, tensors)],
  ])
  atomicWrite(path, encodeSafetensors({ tensors, metadata }))
}

/**
 * Reads a checkpoint. The tensors are views of the file's bytes: fresh memory that nobody else holds.
 * @throws if the file is missing, damaged, no checkpoint, or from a newer Gradus.
 */
export function loadCheckpoint(path: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(path)
  const format = metadata.get('format')
  const version = Number(/^gradus checkpoint (\d+)$/.exec(format ?? '')?.[1])
  const text = metadata.get('state')
  ensure(
    version && text !== undefined,
    `${path}: expected a checkpoint, found a safetensors file without a training state`,
    'it may hold weights only: a run cannot go on from it',
  )
  ensure(
    version <= FORMAT,
    `${path}: expected a checkpoint of format ${FORMAT}, found format ${version}`,
    'it was written by a newer Gradus: update this one',
  )
  const sum = checksum(text, tensors)
  const found = metadata.get('crc32')
  ensure(sum === found, `${path}: expected checksum ${found}, found ${sum}`, 'the file is damaged')
  return { tensors, state: parseJson(text, `${path}: state`) }
}

/** A checkpoint that could be loaded, and from where. */
export interface LatestCheckpoint extends Checkpoint {
  readonly path: string
  readonly kind: 'last' | 'best'
  /** Why `best` was taken instead of `last`, for the person who resumes; undefined if `last` was fine. */
  readonly notice: string | undefined
}

/**
 * The checkpoint to go on from: `last`, or `best` if that is missing or damaged.
 * @param folder the run's `checkpoints` folder.
 * @throws if neither can be loaded, with the reasons.
 */
export function loadLatest(folder: string): LatestCheckpoint {
  const reasons: string[] = []
  for (const kind of ['last', 'best'] as const) {
    const path = join(folder, checkpointNames[kind])
    try {
      ensure(existsSync(path), `${path} is missing`)
      const notice = reasons.length > 0 ? `${reasons[0]}; going on from ${path}` : undefined
      return { ...loadCheckpoint(path), path, kind, notice }
    } catch (error) {
      if (!(error instanceof GradusError)) throw error
      reasons.push(error.message.split('\n')[0]!)
    }
  }
  throw new GradusError(`no checkpoint in ${folder} can be loaded`, [...reasons, 'start a new run'])
}

/** What tells one model from another: the shape of each parameter and buffer, by name. */
export type ModelFingerprint = Readonly<Record<string, Shape>>

export function fingerprint(
  tensors: Iterable<readonly [string, { readonly shape: Shape }]>,
): ModelFingerprint {
  return Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))
}

/** How many differences {@link expectSameModel} lists before it only counts them. */
const LISTED = 5

/**
 * Checks that the tensors of a checkpoint are those of the model.
 * @param where names the checkpoint in the error.
 * @throws naming the first parameters that are missing, extra, or of another shape.
 */
export function expectSameModel(
  expected: ModelFingerprint,
  found: ModelFingerprint,
  where = 'checkpoint',
): void {
  const lines: string[] = []
  for (const [name, shape] of Object.entries(expected)) {
    const other = Object.hasOwn(found, name) ? found[name] : undefined
    if (!other) lines.push(`"${name}" ${formatShape(shape)} is missing in it`)
    else if (!sameShape(shape, other))
      lines.push(`"${name}": expected ${formatShape(shape)}, found ${formatShape(other)}`)
  }
  for (const [name, shape] of Object.entries(found))
    if (!Object.hasOwn(expected, name)) lines.push(`"${name}" ${formatShape(shape)} is not in this model`)
  if (lines.length === 0) return
  const rest = lines.length > LISTED ? [`and ${lines.length - LISTED} more`] : []
  throw new GradusError(`${where}: expected the parameters of this model, found those of another`, [
    ...lines.slice(0, LISTED),
    ...rest,
    'resume with the recipe that the run was started with, or start a new run',
  ])
}

/** Catches damage that keeps the file's structure, such as flipped bits: a CRC over the state, names and data. */
function checksum(state: string, tensors: ReadonlyMap<string, Tensor>): string {
  let crc = crc32(state)
  // Sorted: a JSON header does not keep the order of names that look like numbers.
  for (const name of [...tensors.keys()].sort()) crc = crc32(bytesOf(tensors.get(name)!), crc32(name, crc))
  return crc.toString(16).padStart(8, '0')
}
