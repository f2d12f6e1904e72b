import { ensure, ensureKnownOptions } from '../core/index.ts'
import { notNegative } from './check.ts'
import { defineTransform } from './define-transform.ts'
import type { GroupSettings, Optimizer } from './link.ts'

/** Settings for the parameters whose names match. */
export interface Group {
  /** A name such as `fc.weight`, where `*` stands for any number of characters, dots included: `features.*`, `*.bias`. */
  readonly match: string
  /** What the learning rate is multiplied by, above 0. */
  readonly rate?: number
  /**
   * What the decays of the chain (L1, L2, elastic net, decoupled) are multiplied by: 0 for none; a factor above 0 also makes
   * biases and the scales of norms decay. Not the strength itself: that is the link's.
   */
  readonly decay?: number
  /** Keep them as they are: no gradient is computed, no state is held. */
  readonly freeze?: boolean
}

/**
 * Other settings for some of the parameters, by their names; a link of a chain, wherever it stands:
 * ```ts
 * chain(groups([{ match: 'features.*', rate: 0.1 }, { match: '*.bias', decay: 0 }, { match: 'stem.*', freeze: true }]),
 *   adamw(1e-3))
 * ```
 * All groups that match a parameter hold for it; where two give the same setting, the later one counts.
 *
 * A layer with running statistics (batch-norm) whose parameters are all frozen runs as it does in evaluation: it uses its
 * statistics and leaves them as they are. In PyTorch they go on changing, so that a frozen network gives other outputs
 * after training than before.
 * @throws when training starts, if a pattern matches no parameter.
 */
export const groups = defineTransform(
  'groups',
  (list: readonly Group[]) => {
    const matchers = list.map((group) => ({ group: checkGroup(group), matches: matcher(group.match) }))
    return {
      applies: () => false,
      update: (g) => ({ update: g }),
      group: (name) => settings(matchers.filter(({ matches }) => matches(name)).map(({ group }) => group)),
      check(names) {
        for (const { group, matches } of matchers) {
          ensure(
            names.some(matches),
            `groups: no parameter matches "${group.match}"`,
            `the model has ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`,
          )
        }
      },
    }
  },
  {
    doc: 'Other rates and decays for some of the parameters, or none at all, by patterns of their names.',
    examples: [
      { name: 'a tenth of the rate', args: [[{ match: '*', rate: 0.1 }]] },
      { name: 'no decay', args: [[{ match: '*', decay: 0 }]] },
    ],
  },
)

function checkGroup(group: Group): Group {
  ensureKnownOptions('groups', group, ['match', 'rate', 'decay', 'freeze'])
  const { match, rate = 1, decay = 0 } = group
  ensure(typeof match === 'string' && match !== '', `groups: expected a pattern to match, got ${match}`)
  const name = `groups ("${match}")`
  ensure(rate > 0 && rate < Infinity, `${name}: expected a factor of the rate above 0, got ${rate}`)
  notNegative(name, 'a factor of the decay', decay)
  ensure(
    decay === 0 || decay >= 0.01,
    `${name}: expected a factor of the chain's decay, 0 or at least 0.01, got ${decay}`,
    'the strength of a decay is given to its link: decoupledDecay(5e-4)',
  )
  return group
}

function settings(matching: readonly Group[]): Partial<GroupSettings> {
  const { match: _, ...merged } = Object.assign({}, ...matching) as Group
  return merged
}

/** Whether a name fits a pattern with `*`. */
function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const expression = new RegExp(`^${parts.join('.*')}$`)
  return (name) => expression.test(name)
}

/** What all links of an optimizer say of a parameter. */
export function groupOf({ links }: Pick<Optimizer, 'links'>, name: string): GroupSettings {
  let [rate, decay, freeze]: [number, number | undefined, boolean] = [1, undefined, false]
  for (const link of links) {
    const said = link.group?.(name)
    rate *= said?.rate ?? 1
    decay = said?.decay ?? decay
    freeze = said?.freeze ?? freeze
  }
  return { rate, decay, freeze }
}

/** Whether an optimizer leaves a parameter as it is. */
export const isFrozen = (optimizer: Optimizer, name: string): boolean => groupOf(optimizer, name).freeze

/**
 * Fails if an optimizer does not fit a model with these parameters.
 * @throws naming the link; or if the model has no parameters, or all of them are frozen.
 */
export function checkOptimizer(optimizer: Optimizer, names: readonly string[]): void {
  ensure(
    names.length > 0,
    `${optimizer.name}: the model has no parameters, so there is nothing to train`,
    'give it a layer with weights, such as nn.linear(inputs, outputs)',
  )
  for (const link of optimizer.links) link.check?.(names)
  ensure(
    names.some((name) => !isFrozen(optimizer, name)),
    `${optimizer.name}: all parameters are frozen, so there is nothing to train`,
  )
}
