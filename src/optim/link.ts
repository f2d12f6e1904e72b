import type { Shape } from '../core/index.ts'
import type { Value } from '../graph/index.ts'
import type { Schedule } from '../schedules/index.ts'

/** What holds for some parameters by their names; see `groups`. */
export interface GroupSettings {
  /** What the learning rate is multiplied by. */
  readonly rate: number
  /** What decay is multiplied by; undefined: 1 for weights, and 0 for biases and the scales of norms. */
  readonly decay: number | undefined
  /** Whether it stays as it is. */
  readonly freeze: boolean
}

/** A parameter, as links see it before there are values. */
export interface ParamFacts {
  readonly name: string
  readonly shape: Shape
  /** False for biases and the scales of norms. */
  readonly decay: boolean
  readonly group: GroupSettings
}

/** What a link may know of the parameter that it updates. */
export interface Param extends ParamFacts {
  /** The parameter before the update, as a vector of its elements. */
  readonly value: Value
}

/** What a reduction has to go by. */
export interface Whole {
  /** The sums over all gradients. */
  readonly sums: Readonly<Record<string, number>>
  readonly memory: Readonly<Record<string, number>>
  /** From 0. */
  readonly step: number
}

/**
 * Numbers that depend on the gradients of all parameters together, such as their norm. They are computed before the
 * update, from what the links before made of the gradients, and come to `update` with the link's scalars.
 */
export interface Reduction {
  /** Sums over all elements of all trained parameters: names, and the term that an element adds. */
  readonly sums: Readonly<Record<string, (g: Value) => Value>>
  /** Numbers that are kept from step to step and in checkpoints: names and first values. */
  readonly memory?: Readonly<Record<string, number>>
  /** What `update` gets. */
  readonly scalars: Readonly<Record<string, (whole: Whole) => number>>
  /** The memory after the step. */
  next?(whole: Whole): Readonly<Record<string, number>>
}

/**
 * One gradient transformation, as in Optax: a pure function of (gradient, state, parameter, numbers of the step), written
 * in element-wise tensor expressions. The runtime runs the whole chain as one pass over memory.
 */
export interface Link {
  /** Names its state in checkpoints, so it must not change between versions. */
  readonly name: string
  /** What it was made with; absent in one that was not made by `defineTransform`. */
  readonly args?: readonly unknown[]
  /** Numbers that change from step to step, computed on the host: learning rate, bias corrections. */
  readonly scalars?: Readonly<Record<string, Schedule>>
  /** What the link keeps for each parameter: names and the constants they start from. */
  readonly state?: Readonly<Record<string, number>>
  /** What it needs to know of all gradients together. */
  readonly reduce?: Reduction
  /** The learning rate, for the one link that multiplies by it. */
  readonly rate?: number | Schedule
  /** Acts on the whole step of a parameter: comes after the link that multiplies by the rate. Default: false. */
  readonly afterRate?: boolean
  /** Whether the link acts on this parameter; on the others it passes the gradient through. Default: all. */
  applies?(param: ParamFacts): boolean
  /** From the gradient (or what the links before made of it) to the update; new state under the declared names. */
  update(
    g: Value,
    state: Readonly<Record<string, Value>>,
    param: Param,
    scalars: Readonly<Record<string, Value>>,
  ): { readonly update: Value; readonly state?: Readonly<Record<string, Value>> }
  /** What the link says of some parameters to all links of the chain. */
  group?(name: string): Partial<GroupSettings>
  /**
   * A condition that a parameter must meet after every update: puts its values right, in place, on the host. Undefined
   * where there is none.
   */
  constraint?(param: ParamFacts): ((values: Float32Array | Float64Array) => void) | undefined
  /** Fails if the link does not fit a model with these parameters. */
  check?(names: readonly string[]): void
}

/** A chain of links: what the last one gives is added to the parameter. */
export interface Optimizer {
  readonly name: string
  readonly links: readonly Link[]
  /** The learning rate at a step. */
  readonly rate: Schedule
}
