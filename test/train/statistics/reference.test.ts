import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tensor } from '../../../src/core/index.ts'
import * as nn from '../../../src/nn/index.ts'
import { sgd } from '../../../src/optim/index.ts'
import { GradientNoise } from '../../../src/train/statistics/noise.ts'
import { Statistics } from '../../../src/train/statistics/statistics.ts'
import type { LayerStatistics, Moments, StatisticsEvent } from '../../../src/train/statistics-event.ts'
import { createTrainStep } from '../../../src/train/step/step.ts'

interface Fixture {
  readonly parameters: Record<string, { shape: number[]; data: number[] }>
  readonly batches: { inputs: number[]; labels: number[] }[]
  readonly steps: {
    layers: (Moments & { zeros: number; atEnds: number; gradient: Moments })[]
    parameters: Record<string, Record<string, number>>
    norm: number
    few: number
    input: Moments
    cosine?: number
  }[]
}

const path = new URL('../../fixtures/statistics.json', import.meta.url)
const fixture = JSON.parse(readFileSync(path, 'utf8')) as Fixture

const model = nn.sequential(
  nn.conv2d(1, 4, 3),
  nn.relu(),
  nn.flatten(),
  nn.linear(64, 6),
  nn.tanh(),
  nn.linear(6, 3),
)

/** The events of two steps, every one looked at. */
async function twoSteps(): Promise<StatisticsEvent[]> {
  const parameters = Object.entries(fixture.parameters)
  const tensors = new Map(parameters.map(([name, { shape, data }]) => [name, tensor(data, shape)]))
  const loss = nn.losses.crossEntropy()
  const common = { model, loss, inputShape: [1, 6, 6], batchSize: 8, tensors, seed: 0, threads: 1 }
  const step = await createTrainStep({ ...common, optimizer: sgd(0.5), horizon: {} })
  const events: StatisticsEvent[] = []
  const statistics = new Statistics({
    ...{ step, tensors, seed: 0, threads: 1, every: 1, histograms: 10, stepsPerEpoch: 2, progress: {} },
    emit: async (event) => void events.push(event as StatisticsEvent),
  })
  for (const [at, { inputs, labels }] of fixture.batches.entries()) {
    step.inputs.data.set(inputs)
    ;(step.targets.data as Int32Array).set(labels)
    await statistics.run(at, 1, { epoch: 0, samples: new Uint32Array(8) })
  }
  return events
}

const events = await twoSteps()

/** 1e-5 of the spread: a mean near 0 has no digits of its own. */
function expectMoments(found: Moments, expected: Moments): void {
  expect(Math.abs(found.std / expected.std - 1)).toBeLessThan(1e-5)
  expect(Math.abs(found.mean - expected.mean)).toBeLessThan(1e-5 * (expected.std + Math.abs(expected.mean)))
}

const expectClose = (found: number, expected: number) =>
  expect(Math.abs(found - expected)).toBeLessThan(1e-5 * Math.abs(expected))

describe.each([0, 1])('of step %i, as PyTorch has them', (at) => {
  const [event, expected] = [events[at]!, fixture.steps[at]!]

  it('the layers, and the gradients that come back to them', () => {
    const paths = event.layers.map(({ path, type }) => `${path} ${type}`)
    // The numbers of "2 flatten" are those of "1 relu".
    expect(paths).toEqual(['0 conv2d', '1 relu', '3 linear', '4 tanh', '5 linear'])
    for (const [i, layer] of event.layers.entries()) {
      expectMoments(layer, expected.layers[i]!)
      expectMoments(layer.gradient!, expected.layers[i]!.gradient)
      expect(layer.zeros).toBeCloseTo(expected.layers[i]!.zeros, 5)
      expect(layer.nonFinite).toBeUndefined()
    }
    expectMoments(event.input, expected.input)
    expect(event).toMatchObject({ step: at + 1, epoch: 1, samples: 4, epochSamples: 4 * (at + 1) })
  })

  it('what is at the ends of a tanh, and what is dead of a ReLU', () => {
    const [conv, relu, linear, tanh] = event.layers as [LayerStatistics, ...LayerStatistics[]]
    expect(tanh!.saturated).toBeCloseTo(expected.layers[3]!.atEnds, 5)
    expect([conv.saturated, relu!.saturated, linear!.saturated]).toEqual([undefined, undefined, undefined])
    // One of four channels starts at -100.
    expect(relu!.dead).toBe(0.25)
    expect([conv.dead, linear!.dead, tanh!.dead]).toEqual([undefined, undefined, undefined])
  })

  it('the parameters, their gradients and their updates', () => {
    expect(event.parameters.map(({ name }) => name)).toEqual(Object.keys(fixture.parameters))
    for (const { name, ...found } of event.parameters) {
      for (const [key, value] of Object.entries(expected.parameters[name]!)) {
        // The update of a bias of -100 is rounded to its last digits.
        const tolerance = key === 'updateRatio' ? 1e-3 : 1e-5
        const ratio = (found as Record<string, number>)[key]! / value
        expect(Math.abs(ratio - 1), `${key} of ${name}`).toBeLessThan(tolerance)
      }
    }
    expectClose(event.gradient.norm, expected.norm)
  })

  it('the angle between two gradients', () => {
    if (expected.cosine === undefined) expect(event.gradient.cosine).toBeUndefined()
    else expectClose(event.gradient.cosine!, expected.cosine)
  })

  it('the noise, from the gradients of 4 and of 8 samples', () => {
    const noise = new GradientNoise()
    for (const { few, norm } of fixture.steps.slice(0, at + 1))
      noise.add({ samples: 4, square: few }, { samples: 8, square: norm ** 2 })
    expectClose(event.gradient.noise!, noise.scale!)
  })
})
