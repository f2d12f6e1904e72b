import { describe, expect, it } from 'vitest'
import { data, Graph, input, Random, tensor } from '../../../src/node.ts'
import { compileGraph } from '../../../src/runtime/index.ts'

const random = new Random('targets')
const [count, width] = [30, 2]
const labels = Float32Array.from({ length: count * width }, (_, i) =>
  i % 2 === 0 ? random.normal(200, 40) : 3,
)
const split = data.makeSplit(new Float32Array(count * 3), labels, [3])
const indices = Uint32Array.from({ length: 20 }, (_, i) => i)

describe('numbers to predict', () => {
  it('are standardized over the training samples', () => {
    const { mean, std, notices } = data.fitTargets(split, indices)
    const values = Array.from({ length: 20 }, (_, i) => labels[2 * i]!)
    const expected = values.reduce((a, b) => a + b, 0) / 20
    expect(mean[0]).toBeCloseTo(expected, 9)
    expect(std[0]).toBeCloseTo(Math.sqrt(values.reduce((sum, x) => sum + (x - expected) ** 2, 0) / 20), 9)
    expect([mean[1], std[1]]).toEqual([3, 1])
    expect(notices).toEqual(['target 1 is 3 in all 20 training samples: there is nothing to learn in it'])
  })

  it('come back in raw units', async () => {
    const targets = data.fitTargets(split, indices)
    const { labels: standardized } = data
      .loader(split, 'all', { batchSize: count, shuffle: false, targets })
      .batches(0)
      .next().value!
    const y = input('y', [count, width])
    const program = await compileGraph(new Graph([y], { raw: data.inRawUnits(y, targets) }), { threads: 1 })
    const { raw } = await program.call({ y: tensor(standardized, y.shape) })
    labels.forEach((label, i) => {
      expect(Number(raw!.data[i])).toBeCloseTo(label, 3)
    })
  })

  it('are refused where they do not fit', () => {
    const classes = data.makeSplit(new Float32Array(9), new Int32Array(3), [3])
    expect(() => data.fitTargets(classes)).toThrow('fitTargets: expected numbers to predict, got classes')
    expect(() => data.inRawUnits(input('y', [4, 3]), data.fitTargets(split))).toThrow(
      'targets: expected predictions of 2 numbers per sample, got y float32 [4, 3]',
    )
  })
})
