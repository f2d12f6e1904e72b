import type { Value } from '../graph/index.ts'
import type { Schedule } from '../schedules/index.ts'

/** What a link may know of the parameter that it updates. */
export interface Param {
  readonly name: string
  /** The parameter before the update. */
  readonly value: Value
  /** False for biases and the scales of norms. */
  readonly decay: boolean
}

/**
 * One gradient transformation, as in Optax: a pure function of (gradient, state, parameter, numbers of the step), written
 * in element-wise tensor expressions. The runtime runs the whole chain as one pass over memory.
 */
export interface Link {
  /** Names its state in checkpoints, so it must not change between versions. */
  readonly name: string
  /** Numbers that change from step to step, computed on the host: learning rate, bias corrections. */
  readonly scalars?: Readonly<Record<string, Schedule>>
  /** What the link keeps for each parameter: names and the constants they start from. */
  readonly state?: Readonly<Record<string, number>>
  /** The learning rate, for the one link that multiplies by it. */
  readonly rate?: number | Schedule
  /** Whether the link acts on this parameter; on the others it passes the gradient through. Default: all. */
  applies?(param: Omit<Param, 'value'>): boolean
  /** From the gradient (or what the links before made of it) to the update; new state under the declared names. */
  update(
    g: Value,
    state: Readonly<Record<string, Value>>,
    param: Param,
    scalars: Readonly<Record<string, Value>>,
  ): { readonly update: Value; readonly state?: Readonly<Record<string, Value>> }
}

/** A chain of links: what the last one gives is added to the parameter. */
export interface Optimizer {
  readonly name: string
  readonly links: readonly Link[]
  /** The learning rate at a step. */
  readonly rate: Schedule
}
