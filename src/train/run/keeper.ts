import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cloneTensor, type Tensor } from '../../core/index.ts'
import { type Checkpoint, checkpointNames, loadCheckpoint, saveCheckpoint } from './checkpoint.ts'

export type Kind = 'last' | 'best'

/** Keeps the newest state of a run and its best one. */
export interface Keeper {
  /** @returns where it went, or undefined if that is no file. */
  save(kind: Kind, checkpoint: Checkpoint): string | undefined
  loadBest(): Checkpoint | undefined
}

/** Keeps checkpoints as files of a folder. */
export function folderKeeper(folder: string): Keeper {
  const best = join(folder, checkpointNames.best)
  return {
    save(kind, checkpoint) {
      const path = join(folder, checkpointNames[kind])
      saveCheckpoint(path, checkpoint)
      return path
    },
    loadBest: () => (existsSync(best) ? loadCheckpoint(best) : undefined),
  }
}

/** Keeps only the best state, in memory: for runs without a folder. */
export function memoryKeeper(): Keeper {
  let best: Checkpoint | undefined
  return {
    save(kind, { tensors, state }) {
      if (kind !== 'best') return undefined
      const copies = new Map<string, Tensor>()
      for (const [name, held] of tensors) copies.set(name, cloneTensor(held))
      best = { tensors: copies, state }
      return undefined
    },
    loadBest: () => best,
  }
}
