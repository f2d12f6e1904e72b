import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { constant, Graph, input } from '../../src/graph/index.ts'
import { withSequenceFirst, writeOnnx } from '../../src/onnx/index.ts'
import { mul, relu } from '../../src/ops/index.ts'

describe('withSequenceFirst', () => {
  it('adds an output before the others, and changes nothing else', async () => {
    const x = input('x', [3])
    const hidden = relu(mul(x, constant([1, 2, 3])))
    const model = withSequenceFirst(writeOnnx(new Graph([x], { twice: mul(hidden, 2), hidden })), 'first')
    const session = await InferenceSession.create(model, { logSeverityLevel: 3 })
    expect(session.outputNames).toEqual(['first', 'twice', 'hidden'])
    expect(session.inputNames).toEqual(['x'])
    expect(session.outputMetadata[0]).toEqual({ name: 'first', isTensor: false })

    const feeds = { x: new Tensor('float32', [1, -1, 2], [3]) }
    const { twice, hidden: h } = await session.run(feeds, ['twice', 'hidden'])
    expect(Array.from(twice!.data as Float32Array)).toEqual([2, 0, 12])
    expect(Array.from(h!.data as Float32Array)).toEqual([1, 0, 6])
  })
})
