import { join } from 'node:path'
import * as augment from '../augment/index.ts'
import { GradusError, nearest } from '../core/index.ts'
import type { Dataset } from '../data/index.ts'
import { augmentationSheet, samplesSheet } from '../doctor/index.ts'
import { atomicWrite, makeFolder } from '../train/index.ts'

const policies = { light: augment.light, standard: augment.standard, strong: augment.strong }

export interface SheetOptions {
  /** A folder. */
  readonly out: string
  /** A policy of augmentation, to be drawn too. */
  readonly augment?: string
  readonly seed?: number
}

/** Draws samples, and what a policy makes of them; returns the paths of the PNG files. */
export async function writeSheets(
  data: Dataset,
  { out, augment: policy, seed }: SheetOptions,
): Promise<string[]> {
  const list = policy === undefined ? undefined : findPolicy(policy)
  makeFolder(out)
  const paths: string[] = []
  const write = (name: string, png: Uint8Array) => {
    const path = join(out, name)
    atomicWrite(path, [png])
    paths.push(path)
  }
  write('samples.png', await samplesSheet(data, seed))
  if (list) write(`augment-${policy}.png`, await augmentationSheet(data, list, { name: policy!, seed }))
  return paths
}

function findPolicy(name: string) {
  if (Object.hasOwn(policies, name)) return policies[name as keyof typeof policies]()
  const known = Object.keys(policies)
  const guess = nearest(name, known)
  throw new GradusError(`--augment: unknown policy "${name}"${guess ? `; did you mean "${guess}"?` : ''}`, [
    `known: ${known.join(', ')}`,
  ])
}
