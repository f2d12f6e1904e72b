import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tensor } from '../../src/core/index.ts'
import {
  adadelta,
  adagrad,
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  clipByValue,
  lion,
  nadam,
  type Optimizer,
  rmsprop,
  scheduled,
  sgd,
} from '../../src/optim/index.ts'
import { cosine } from '../../src/schedules/index.ts'
import { Updater } from '../../src/train/step/updater.ts'
import { simulate } from './simulate.ts'

type Params = Record<'weight' | 'bias', number[]>
const fixture = JSON.parse(readFileSync(new URL('../fixtures/optim.json', import.meta.url), 'utf8')) as {
  shapes: Params
  start: Params
  target: Params
  curvature: Params
  cases: Record<string, Params[]>
  clipping: Record<string, Params[]>
}
const steps = 50

const ours: Record<string, Optimizer> = {
  adagrad: adagrad(0.3),
  'adagrad, start and decay': adagrad(0.3, { start: 0.1, eps: 1e-5, weightDecay: 0.05 }),
  rmsprop: rmsprop(),
  'rmsprop, centered, momentum': rmsprop(0.005, {
    beta: 0.9,
    centered: true,
    momentum: 0.5,
    eps: 1e-4,
    weightDecay: 0.05,
  }),
  adadelta: adadelta(),
  'adadelta, decay': adadelta(0.5, { rho: 0.95, eps: 1e-3, weightDecay: 0.05 }),
  nadam: nadam(0.02),
  'nadam, decay': nadam(0.02, { beta1: 0.8, beta2: 0.95, momentumDecay: 0.05, weightDecay: 0.1 }),
  lion: lion(0.01),
  'lion, decay': lion(0.01, { beta1: 0.8, beta2: 0.95, weightDecay: 0.3 }),
  sgd: sgd(0.1),
  'sgd, momentum': sgd(0.05, { momentum: 0.9 }),
  'sgd, nesterov': sgd(0.05, { momentum: 0.9, nesterov: true }),
  'sgd, dampening': sgd(0.1, { momentum: 0.8, dampening: 0.3 }),
  'sgd, decay': sgd(0.05, { momentum: 0.9, weightDecay: 0.05 }),
  'sgd, decay of all': sgd(0.05, { momentum: 0.9, nesterov: true, weightDecay: 0.05, decayOn: 'all' }),
  'sgd, cosine': scheduled(sgd(0.1, { momentum: 0.9, weightDecay: 5e-4 }), cosine()),
  adam: adam(0.02),
  'adam, betas': adam(0.02, { beta1: 0.8, beta2: 0.95, eps: 1e-3 }),
  'adam, decay': adam(0.02, { weightDecay: 0.1 }),
  adamw: adamw(0.02),
  'adamw, strong decay of all': adamw(0.02, { weightDecay: 1.5, decayOn: 'all' }),
  'adamw, cosine': adamw(cosine({ from: 0.05, steps }), { weightDecay: 0.1 }),
}

const tolerances: Record<string, number> = {
  // The variance is a difference of two numbers that come to be nearly equal: rounding in float32 weighs more in it.
  'rmsprop, centered, momentum': 5e-5,
}

describe('optimizers agree with PyTorch over 50 steps', () => {
  it.each(Object.entries(fixture.cases))('%s', (name, expected) => {
    for (const param of ['weight', 'bias'] as const) {
      const target = Float32Array.from(fixture.target[param])
      const curvature = Float32Array.from(fixture.curvature[param])
      const gradient = (p: Float32Array) => p.map((x, i) => curvature[i]! * Math.fround(x - target[i]!))
      let worst = 0
      simulate(ours[name]!, fixture.start[param], gradient, steps, {
        info: { name: param, shape: fixture.shapes[param], decay: param === 'weight' },
        horizon: { steps },
        see(p, step) {
          if ((step + 1) % 10 !== 0) return
          const peer = expected[(step + 1) / 10 - 1]![param]
          // Relative to the size of the numbers that were added up: near 0 digits cancel.
          p.forEach((x, i) => {
            worst = Math.max(worst, Math.abs(x - peer[i]!) / Math.max(Math.abs(peer[i]!), 0.1))
          })
        },
      })
      expect(worst).toBeLessThan(tolerances[name] ?? 1e-5)
    }
  })

  it('covers every case of the fixture', () => {
    expect(Object.keys(ours)).toEqual(Object.keys(fixture.cases))
  })
})

describe('clipping agrees with PyTorch over 50 steps', () => {
  const clipped: Record<string, Optimizer> = {
    'sgd, norm 0.5': chain(clipByGlobalNorm(0.5), sgd(0.1)),
    'adam, norm 1, decay': chain(clipByGlobalNorm(1), adam(0.02, { weightDecay: 0.1 })),
    'sgd, momentum, value 0.3': chain(clipByValue(0.3), sgd(0.05, { momentum: 0.9 })),
  }
  const names = ['weight', 'bias'] as const

  it.each(Object.entries(fixture.clipping))('%s', (name, expected) => {
    const tensors = new Map(names.map((name) => [name, tensor(fixture.start[name], fixture.shapes[name])]))
    const parameters = names.map((name) => ({
      name,
      shape: fixture.shapes[name],
      decay: name === 'weight',
    }))
    const updater = new Updater({ optimizer: clipped[name]!, parameters, tensors })
    let worst = 0
    for (let step = 0; step < steps; step++) {
      for (const param of names) {
        const [p, g] = [tensors.get(param)!.data, updater.gradients.get(param)!.data as Float32Array]
        p.forEach((x, i) => {
          g[i] =
            Math.fround(fixture.curvature[param][i]!) *
            Math.fround(x - Math.fround(fixture.target[param][i]!))
        })
      }
      updater.run(step, {})
      if ((step + 1) % 10 !== 0) continue
      const peer = expected[(step + 1) / 10 - 1]!
      for (const param of names) {
        tensors.get(param)!.data.forEach((x, i) => {
          const size = Math.max(Math.abs(peer[param][i]!), 0.1)
          worst = Math.max(worst, Math.abs(x - peer[param][i]!) / size)
        })
      }
    }
    expect(worst).toBeLessThan(1e-5)
  })

  it('covers every case of the fixture', () => {
    expect(Object.keys(clipped)).toEqual(Object.keys(fixture.clipping))
  })
})
