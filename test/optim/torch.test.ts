import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { adam, adamw, type Optimizer, scheduled, sgd } from '../../src/optim/index.ts'
import { cosine } from '../../src/schedules/index.ts'
import { simulate } from './simulate.ts'

type Params = Record<'weight' | 'bias', number[]>
const fixture = JSON.parse(readFileSync(new URL('../fixtures/optim.json', import.meta.url), 'utf8')) as {
  shapes: Params
  start: Params
  target: Params
  curvature: Params
  cases: Record<string, Params[]>
}
const steps = 50

const ours: Record<string, Optimizer> = {
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
      expect(worst).toBeLessThan(1e-5)
    }
  })

  it('covers every case of the fixture', () => {
    expect(Object.keys(ours)).toEqual(Object.keys(fixture.cases))
  })
})
