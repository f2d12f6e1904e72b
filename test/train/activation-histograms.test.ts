import { describe, expect, it } from 'vitest'
import { numbersOf, Random, type Tensor, tensor } from '../../src/core/index.ts'
import * as nn from '../../src/nn/index.ts'
import { activationHistograms, type Distribution } from '../../src/train/index.ts'

type Matrix = number[][]

/** x W^T + b. */
const affine = (x: Matrix, weight: Matrix, offset: readonly number[]): Matrix =>
  x.map((row) => weight.map((w, j) => w.reduce((sum, value, i) => sum + value * row[i]!, offset[j]!)))
const map = (x: Matrix, f: (value: number) => number): Matrix => x.map((row) => row.map(f))
const times = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((value, j) => value * b[i]![j]!))
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, i) => sum + value * b[i]![j]!, 0)))

function rowsOf(held: Tensor): Matrix {
  const [rows = 0, columns = 0] = held.shape
  const all = numbersOf(held)
  return Array.from({ length: rows }, (_, i) => all.slice(i * columns, (i + 1) * columns))
}

function expectDistribution(found: Distribution, matrix: Matrix): void {
  const values = matrix.flat()
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
  expect(found.size).toBe(values.length)
  // Single precision against double, of sums in which numbers of both signs cancel.
  expect(Math.abs(found.mean - mean)).toBeLessThan(1e-5 * Math.sqrt(variance))
  expect(found.std / Math.sqrt(variance)).toBeCloseTo(1, 5)
  expect(found.zeros).toBe(values.filter((x) => x === 0).length / values.length)
  expect(found.counts.reduce((sum, count) => sum + count, 0)).toBe(values.length)
  const { edges } = found
  expect(edges[0]).toBeCloseTo(Math.min(...values), 5)
  expect(edges.at(-1)).toBeCloseTo(Math.max(...values), 5)
  found.counts.forEach((count, i) => {
    // A number that is on an edge but for rounding may be on either side of it.
    const inside = (slack: number) =>
      values.filter((x) => x >= edges[i]! - slack && x <= edges[i + 1]! + slack).length
    expect(count).toBeGreaterThanOrEqual(inside(-1e-6))
    expect(count).toBeLessThanOrEqual(inside(1e-6))
  })
}

describe('activationHistograms', () => {
  const [SEED, COUNT] = [3, 40]
  const model = nn.sequential({
    fc1: nn.linear(3, 6),
    act1: nn.tanh(),
    fc2: nn.linear(6, 5),
    act2: nn.relu(),
    fc3: nn.linear(5, 2),
    act3: nn.sigmoid(),
  })
  const random = new Random('inputs')
  // Small enough that no tanh is 1 in single precision (beyond 9), where its slope would be 0.
  const batch = tensor(
    Array.from({ length: COUNT * 3 }, () => random.normal()),
    [COUNT, 3],
  )

  /** All outputs and their gradients, forward and backward by hand. */
  function byHand(x: Matrix) {
    const tensors = nn.initialize(model, SEED)
    const weight = (layer: string) => rowsOf(tensors.get(`${layer}.weight`)!)
    const through = (x: Matrix, layer: string) =>
      affine(x, weight(layer), numbersOf(tensors.get(`${layer}.bias`)!))
    const fc1 = through(x, 'fc1')
    const act1 = map(fc1, Math.tanh)
    const fc2 = through(act1, 'fc2')
    const act2 = map(fc2, (z) => Math.max(0, z))
    const fc3 = through(act2, 'fc3')
    const act3 = map(fc3, (z) => 1 / (1 + Math.exp(-z)))
    const back = new Random(SEED, 'histograms', 'output-gradient')
    const dAct3 = map(act3, () => back.normal())
    const slopes = {
      act1: map(act1, (y) => 1 - y * y),
      act2: map(fc2, (z) => (z > 0 ? 1 : 0)),
      act3: map(act3, (y) => y * (1 - y)),
    }
    const dFc3 = times(dAct3, slopes.act3)
    const dAct2 = product(dFc3, weight('fc3'))
    const dFc2 = times(dAct2, slopes.act2)
    const dAct1 = product(dFc2, weight('fc2'))
    const dFc1 = times(dAct1, slopes.act1)
    return {
      outputs: { fc1, act1, fc2, act2, fc3, act3 },
      gradients: { fc1: dFc1, act1: dAct1, fc2: dFc2, act2: dAct2, fc3: dFc3, act3: dAct3 },
      slopes: new Map(Object.entries(slopes)),
    }
  }

  it('is what the layers give, and what comes back to them', async () => {
    const layers = await activationHistograms(model, { inputShape: [3], seed: SEED, batch, bins: 7 })
    const { outputs, gradients, slopes } = byHand(rowsOf(batch))
    expect(layers.map(({ path }) => path)).toEqual(Object.keys(outputs))
    expect(layers.map(({ type }) => type)).toEqual(['linear', 'tanh', 'linear', 'relu', 'linear', 'sigmoid'])
    for (const layer of layers) {
      const path = layer.path as keyof typeof outputs
      expect(layer.activations.counts).toHaveLength(7)
      expect(layer.shape).toEqual([COUNT, outputs[path][0]!.length])
      expectDistribution(layer.activations, outputs[path])
      expectDistribution(layer.gradients!, gradients[path])
      const slope = slopes.get(path)?.flat()
      if (slope) expect(layer.saturated).toBeCloseTo(slope.filter((s) => s < 0.05).length / slope.length, 6)
      else expect(layer.saturated).toBeUndefined()
    }
    expect(layers[1]!.saturated).toBeGreaterThan(0.1)
  })

  it('takes standard-normal inputs unless it is given some', async () => {
    const [layer] = await activationHistograms(nn.flatten(), { inputShape: [10, 10], batch: 500 })
    expect(layer).toMatchObject({ path: '', type: 'flatten', shape: [500, 100] })
    expect(layer!.activations.mean).toBeCloseTo(0, 1)
    expect(layer!.activations.std).toBeCloseTo(1, 1)
    expect(layer!.activations.counts).toHaveLength(50)
    expect(layer!.gradients!.std).toBeCloseTo(1, 1)
  })

  it('is a function of the seed', async () => {
    const dropped = nn.sequential(nn.linear(3, 4), nn.dropout(0.5), nn.linear(4, 2))
    const take = (seed: number) => activationHistograms(dropped, { inputShape: [3], seed })
    expect(await take(1)).toEqual(await take(1))
    expect(await take(1)).not.toEqual(await take(2))
  })

  it('is of the training graph: norms go by the batch, dropout drops', async () => {
    const net = nn.sequential({ norm: nn.batchNorm1d(4), drop: nn.dropout(0.25), fc: nn.linear(4, 2) })
    const inputs = Float32Array.from({ length: 4000 }, () => random.normal(5, 3))
    const [norm, drop] = await activationHistograms(net, {
      inputShape: [4],
      batch: tensor(inputs, [1000, 4]),
    })
    expect(norm!.activations.mean).toBeCloseTo(0, 5)
    expect(norm!.activations.std).toBeCloseTo(1, 4)
    // 4000 masks: the share of zeros has a standard deviation of 0.007.
    expect(Math.abs(drop!.activations.zeros - 0.25)).toBeLessThan(0.03)
    expect([norm!.saturated, drop!.saturated]).toEqual([undefined, undefined])
  })

  it('sees inner layers under their paths, and layers that run twice twice', async () => {
    const shared = nn.linear(4, 4)
    const block = nn.sequential({ fc: shared, act: nn.tanh() })
    const twice = nn.defineLayer('twice', () => ({
      children: { block },
      forward: (x, { block }) => block(block(x)),
    }))()
    const layers = await activationHistograms(nn.sequential({ twice }), { inputShape: [4] })
    const expected = ['twice.block.fc', 'twice.block.act', 'twice.block.fc', 'twice.block.act']
    expect(layers.map(({ path }) => path)).toEqual(expected)
    expect(layers[0]!.activations.std).not.toBe(layers[2]!.activations.std)
  })

  it('takes tokens, and leaves gradients out where there are none', async () => {
    const tokens = tensor([0, 1, 2, 3, 4, 5], [2, 3], 'int32')
    const options = { inputShape: [3], batch: tokens }
    const [vectors] = await activationHistograms(nn.embedding(7, 4), options)
    expect(vectors!.shape).toEqual([2, 3, 4])
    expect(vectors!.gradients!.std).toBeGreaterThan(0)
    const [flat] = await activationHistograms(nn.flatten(), options)
    expect(flat!.activations).toMatchObject({ mean: 2.5, zeros: 1 / 6, size: 6 })
    expect(flat!.gradients).toBeUndefined()
  })

  it.each([
    [{ bins: 0 }, 'activationHistograms: expected bins to be a whole number >= 1, got 0'],
    [{ batch: 1.5 }, 'activationHistograms: expected batch to be a whole number >= 1, got 1.5'],
    [{ batch: tensor([1, 2], [1, 2]) }, 'activationHistograms: expected a batch [N, 3], got [1, 2]'],
    [{ batch: tensor([], [0, 3]) }, 'activationHistograms: expected a batch [N, 3], got [0, 3]'],
    [{ bin: 20 }, 'unknown option of activationHistograms "bin"; did you mean "bins"?'],
  ])('refuses %o', async (wrong, message) => {
    await expect(activationHistograms(model, { inputShape: [3], ...wrong })).rejects.toThrow(message)
  })
})

/** The claims of chapters on initialization, with 10 layers of 200 units and 5 seeds. */
describe('before training', () => {
  const [LAYERS, UNITS, SEEDS] = [10, 200, [0, 1, 2, 3, 4]]

  /** By layer, the activations only. */
  function layersOf(activation: () => nn.Layer, weights: nn.Initializer, seed: number) {
    const blocks = Array.from({ length: LAYERS }, () => [
      nn.linear(UNITS, UNITS, { init: weights }),
      activation(),
    ])
    return activationHistograms(nn.sequential(...blocks.flat()), {
      inputShape: [UNITS],
      seed,
      batch: 100,
    }).then((layers) => layers.filter(({ type }) => type !== 'linear'))
  }
  const { init } = nn

  it.each(SEEDS)('a small Gaussian vanishes, forward and backward (seed %i)', async (seed) => {
    for (const activation of [nn.tanh, nn.relu]) {
      const layers = await layersOf(activation, init.normal(0.01), seed)
      // By 0.14 (tanh) or 0.1 (ReLU) in each layer.
      expect(layers[9]!.activations.std / layers[0]!.activations.std).toBeLessThan(1e-7)
      expect(layers[0]!.gradients!.std / layers[9]!.gradients!.std).toBeLessThan(1e-7)
      layers.slice(1).forEach(({ activations }, i) => {
        expect(activations.std / layers[i]!.activations.std).toBeLessThan(0.2)
      })
    }
  })

  it.each(SEEDS)('a large Gaussian saturates tanh, and explodes with ReLU (seed %i)', async (seed) => {
    // Sums have a spread of 14: but for 12% of them they are beyond +-2.2.
    for (const { activations, saturated } of await layersOf(nn.tanh, init.normal(1), seed)) {
      expect(saturated).toBeGreaterThan(0.84)
      expect(activations.std).toBeGreaterThan(0.9)
    }
    const layers = await layersOf(nn.relu, init.normal(1), seed)
    // By 10 in each of 9 layers.
    expect(layers[9]!.activations.std / layers[0]!.activations.std).toBeGreaterThan(1e8)
    expect(layers[0]!.gradients!.std / layers[9]!.gradients!.std).toBeGreaterThan(1e8)
  })

  it.each(SEEDS)(
    'Xavier holds for tanh, and loses half of the variance with ReLU (seed %i)',
    async (seed) => {
      for (const { activations, gradients, saturated } of await layersOf(
        nn.tanh,
        init.xavierNormal(),
        seed,
      )) {
        expect(activations.std).toBeGreaterThan(0.18)
        expect(activations.std).toBeLessThan(0.7)
        expect(gradients!.std).toBeGreaterThan(0.3)
        expect(gradients!.std).toBeLessThan(1.3)
        expect(saturated).toBeLessThan(0.05)
      }
      const layers = await layersOf(nn.relu, init.xavierNormal(), seed)
      const lost = layers[9]!.activations.std / layers[0]!.activations.std
      // 2^-4.5 = 0.044, times what 200 units leave to chance.
      expect(lost).toBeGreaterThan(0.02)
      expect(lost).toBeLessThan(0.09)
    },
  )

  it.each(SEEDS)('Kaiming holds for ReLU (seed %i)', async (seed) => {
    for (const { activations, gradients } of await layersOf(nn.relu, init.kaimingNormal(), seed)) {
      // 0.83 with endless units.
      expect(activations.std).toBeGreaterThan(0.45)
      expect(activations.std).toBeLessThan(1.5)
      expect(gradients!.std).toBeGreaterThan(0.5)
      expect(gradients!.std).toBeLessThan(2)
      expect(Math.abs(activations.zeros - 0.5)).toBeLessThan(0.15)
    }
  })
})
