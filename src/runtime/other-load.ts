import { cpus } from 'node:os'

/** Processor time up to some moment, in milliseconds. */
export interface Usage {
  readonly at: number
  /** Of all cores, by whomever. */
  readonly all: number
  /** Of this process. */
  readonly own: number
}

/** The operating system counts in steps of 10 ms for each core: over less time it says little. */
const SHORTEST = 200

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  return { at: performance.now(), all, own: (user + system) / 1000 }
}

/** How many cores others kept busy between two moments, on average; 0 if these lie too close to each other to tell. */
export function coresOfOthers(before: Usage, after: Usage): number {
  const passed = after.at - before.at
  if (passed < SHORTEST) return 0
  return Math.max(0, (after.all - before.all - (after.own - before.own)) / passed)
}

let last = usage()
let cores = 0

/** How many cores other processes keep busy: since this was asked for last, and at first since this module was loaded. */
export function otherLoad(): number {
  const now = usage()
  if (now.at - last.at >= SHORTEST) {
    cores = coresOfOthers(last, now)
    last = now
  }
  return cores
}
