import { ensure, nearest } from '../../core/index.ts'
import type { MemoryDataset } from '../../data/index.ts'
import type { ClinicCase } from './case.ts'
import { clinicCases } from './cases/index.ts'
import type { Order } from './pool.ts'
import { type CaseResult, runCase } from './run-case.ts'
import { isThere, loadSource, type SourceName } from './sources.ts'

export interface ClinicOptions {
  /** The folder with the folders `mnist` and `cifar10`; runs on what is not there are left out. */
  readonly dir?: string
  /** Parts of the names of the cases to run; all by default. */
  readonly only?: readonly string[]
  /** Draws widths, depths and rates; one round of the cases for each. */
  readonly seeds: readonly number[]
  /** Whether the first suggestions are tried. */
  readonly tries?: boolean
}

/** What there is to do, and the names of the cases that cannot be run without `dir`. */
export function planClinic({ dir, only, seeds, tries = true }: ClinicOptions) {
  const wanted = clinicCases.filter(({ name }) => !only || only.some((part) => name.includes(part)))
  ensure(wanted.length > 0, unknownCases(only ?? []))
  const [here, left] = [
    wanted.filter(({ source }) => isThere(source, dir)),
    wanted.filter(({ source }) => !isThere(source, dir)),
  ]
  const orders: Order[] = seeds.flatMap((seed) => here.map(({ name }) => ({ name, seed, dir, tries })))
  return { orders, left: left.map(({ name }) => name) }
}

function unknownCases(only: readonly string[]): string {
  const guess = nearest(
    only[0] ?? '',
    clinicCases.map(({ name }) => name),
  )
  return `clinic: no case has ${only.map((part) => `"${part}"`).join(' or ')} in its name${guess ? `; there is "${guess}"` : ''}`
}

/** Runs what is ordered, here; data are loaded once. */
export function orderTaker(): (order: Order) => Promise<CaseResult> {
  const loaded = new Map<SourceName, Promise<MemoryDataset>>()
  return async ({ name, seed, dir, tries }) => {
    const found: ClinicCase | undefined = clinicCases.find((one) => one.name === name)
    ensure(found, `clinic: there is no case "${name}"`)
    const data = loaded.get(found.source) ?? loadSource(found.source, dir)
    loaded.set(found.source, data)
    return runCase(found, await data, { seed, tries })
  }
}
