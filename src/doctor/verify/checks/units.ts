import type { Tensor } from '../../../core/index.ts'
import { parametersOf } from '../../../nn/index.ts'
import { breathe, type Check, type Verdict } from '../check.ts'
import type { Subject } from '../subject.ts'

const STEPS = 5
const RATE = 1e-3

/**
 * Whether the units of a layer are told apart: after some steps no weight may have all rows alike. Units that start alike (at 0,
 * at a constant) get the same gradient and stay alike, unless the layers around them differ.
 */
export const units: Check = {
  name: 'units',
  title: 'units that differ from each other',
  async run(subject) {
    const trainer = await subject.trainer()
    trainer.restore(subject.start)
    for (let i = 0; i < STEPS; i++) {
      await trainer.run(RATE)
      await breathe(subject.signal)
    }
    const alike = weights(subject).filter((name) => haveSameRows(trainer.tensors.get(name)!))
    const evidence = { alike, steps: STEPS }
    if (alike.length > 0) return symmetric(alike, evidence)
    return { severity: 'fine', title: `all units differ after ${STEPS} steps`, evidence }
  },
}

/** Trained parameters with several units of several inputs. */
const weights = ({ prepared: { model }, trained }: Subject) =>
  parametersOf(model).flatMap(({ name, spec: { shape, decay } }) =>
    decay && shape.length > 1 && shape[0]! > 1 && trained.includes(name) ? [name] : [],
  )

function haveSameRows({ data, shape }: Tensor): boolean {
  const row = data.length / shape[0]!
  const values = data as Float32Array
  return values.every((value, i) => Math.abs(value - values[i % row]!) <= 1e-6 * Math.abs(value))
}

const symmetric = (alike: readonly string[], evidence: Verdict['evidence']): Verdict => ({
  severity: 'problem',
  title: `all units of ${alike.slice(0, 3).join(', ')}${alike.length > 3 ? ', ...' : ''} are the same and stay so`,
  evidence,
  explanation:
    'Units that start alike compute the same and get the same gradient: however wide the layer is, it has the power of one ' +
    'unit. With weights of 0 not even that: nothing reaches the layers behind.',
  suggestions: [
    {
      title: 'start weights at random: init.kaimingNormal() before ReLU, init.xavierNormal() before tanh',
      change: { init: 'kaiming' },
    },
  ],
  more: 'Goodfellow et al., Deep Learning, 2016, section 8.4',
})
