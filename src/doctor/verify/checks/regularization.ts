import { cloneTensor, type Tensor } from '../../../core/index.ts'
import { parametersOf } from '../../../nn/index.ts'
import { byRate, chain, type Link } from '../../../optim/index.ts'
import { Updater } from '../../../train/index.ts'
import { type Check, measured, short, type Verdict } from '../check.ts'
import type { Subject } from '../subject.ts'

/** Times the loss from which on a penalty counts for more than the data do. */
const HEAVY = 3

/** Points and weights of Gauss and Legendre in 0 .. 1: exact for what grows with the weight, as L2 does, or not, as L1. */
const POINTS = [0.5 - Math.sqrt(1 / 12), 0.5 + Math.sqrt(1 / 12)]

/**
 * Whether regularization raises the loss, and by how much. What a link of the optimizer adds to a gradient of zero is the slope of
 * its penalty; summed up on the way from 0 to the weights that is the penalty itself: lambda / 2 |w|^2 for L2. Decay that comes
 * after the statistics of Adam is not part of the loss, and is only told.
 */
export const regularization: Check = {
  name: 'regularization',
  title: 'regularization that raises the loss',
  async run(subject) {
    const { links } = subject.prepared.optimizer
    const pulling = links.filter((link, i) => pulls(link) && !isDecoupled(links, i))
    const shrinking = links.filter((link, i) => pulls(link) && isDecoupled(links, i))
    const penalty = penaltyOf(subject, pulling)
    const { loss } = await subject.atStart()
    const evidence = {
      loss: measured(loss),
      penalty: measured(penalty),
      links: pulling.map(({ name }) => name),
      apart: shrinking.map(({ name }) => name),
    }
    if (penalty < 0) return lowers(penalty, evidence)
    if (penalty > HEAVY * Math.abs(loss)) return outweighs(penalty, loss, evidence)
    if (penalty > 0)
      return {
        severity: 'fine',
        title: `the penalty raises the loss from ${short(loss)} to ${short(loss + penalty)}`,
        evidence,
      }
    const apart = penaltyOf(subject, shrinking) > 0
    const title = apart ? 'weights decay apart from the loss' : 'no penalty on the size of the weights'
    return { severity: 'fine', title, evidence }
  },
}

/** Links that know nothing but the gradient and the parameter can be asked what they do to a gradient of zero. */
const pulls = ({ state, reduce, afterRate, rate, group }: Link) =>
  !state && !reduce && !afterRate && rate === undefined && !group

/** Whether what a link adds is not part of the gradient any more. */
const isDecoupled = (links: readonly Link[], i: number) => links.slice(0, i).some(({ state }) => state)

/** The penalty that links stand for, at the start of training; beside it if all weights start at 0. */
function penaltyOf(subject: Subject, links: readonly Link[]): number {
  if (links.length === 0) return 0
  return along(subject, links, subject.start) || along(subject, links, subject.generic)
}

function along(
  { prepared: { model, optimizer }, trained }: Subject,
  links: readonly Link[],
  tensors: ReadonlyMap<string, Tensor>,
): number {
  const grouping = optimizer.links.filter((link) => link.group)
  const parameters = parametersOf(model).flatMap(({ name, spec: { shape, decay } }) =>
    trained.includes(name) ? [{ name, shape, decay }] : [],
  )
  const copies = new Map(parameters.map(({ name }) => [name, cloneTensor(tensors.get(name)!)]))
  const plain = grouping.map((link) => ({ ...link, check: undefined, group: ungrouped(link) }) as Link)
  const updater = new Updater({
    optimizer: chain(...plain, ...links, byRate(1)),
    parameters,
    tensors: copies,
  })
  let penalty = 0
  for (const point of POINTS) {
    for (const { name } of parameters) scaleInto(copies.get(name)!, tensors.get(name)!, point)
    updater.run(0, {})
    for (const { name } of parameters) penalty += pulled(tensors.get(name)!, copies.get(name)!, point) / 2
  }
  updater.end()
  return penalty
}

/** What a group says but for its rate, which is no part of a penalty. */
const ungrouped = (link: Link): NonNullable<Link['group']> => {
  return (name) => ({ ...link.group!(name), rate: 1 })
}

function scaleInto(into: Tensor, from: Tensor, factor: number): void {
  for (let i = 0; i < into.data.length; i++) into.data[i] = factor * Number(from.data[i])
}

/** How far the update went back from `point` times the values, along the values. */
function pulled(values: Tensor, after: Tensor, point: number): number {
  let sum = 0
  for (let i = 0; i < values.data.length; i++) {
    const value = Number(values.data[i])
    sum += (Math.fround(point * value) - Number(after.data[i])) * value
  }
  return sum
}

const lowers = (penalty: number, evidence: Verdict['evidence']): Verdict => ({
  severity: 'problem',
  title: `regularization lowers the loss by ${short(-penalty)}`,
  evidence,
  explanation: 'It pushes weights away from 0, so that they grow without end.',
  suggestions: [{ title: 'add lambda * p to the gradient, not minus: addDecay(5e-4)' }],
})

const outweighs = (penalty: number, loss: number, evidence: Verdict['evidence']): Verdict => ({
  severity: 'warning',
  title: `the penalty of ${short(penalty)} outweighs the loss of ${short(loss)}`,
  evidence,
  explanation: 'Training will first of all make the weights small, and little is left to fit the data with.',
  suggestions: [
    { title: 'take a weight decay that suits most networks: 5e-4', change: { weightDecay: 5e-4 } },
  ],
})
