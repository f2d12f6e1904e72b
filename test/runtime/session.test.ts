import { InferenceSession } from 'onnxruntime-node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Graph, input } from '../../src/graph/index.ts'
import { matmul, relu } from '../../src/ops/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** A program on so many threads, and a way to see how its model was opened after the first time. */
async function programOn(threads: number) {
  const [x, weight] = [input('x', [128, 256]), input('weight', [256, 256])]
  const program = await compileGraph(new Graph([x, weight], { y: relu(matmul(x, weight)) }), { threads })
  for (const { data } of Object.values(program.inputs))
    (data as Float32Array).forEach((_, i) => {
      data[i] = Math.sin(i)
    })
  const opened = vi.spyOn(InferenceSession, 'create')
  const y = program.outputs.y!.data as Float32Array
  const run = async () => {
    y.fill(-1)
    await program.run()
    return y.slice()
  }
  return { run, opened }
}

describe('threads of a small model', () => {
  it('come to spin while they wait once it has run for a while, with the same results', async () => {
    const { run, opened } = await programOn(2)
    const first = await run()
    const isOpenTwice = () => opened.mock.calls.length > 0
    for (let runs = 0; runs < 100_000 && !isOpenTwice(); runs++) await run()
    for (let runs = 0; runs < 50; runs++) expect(await run()).toEqual(first)
    expect(opened).toHaveBeenCalledTimes(1)
    const extra = opened.mock.calls[0]!.map((argument) => (argument as { extra?: object }).extra)
    expect(extra).toContainEqual(
      expect.objectContaining({
        session: expect.objectContaining({
          force_spinning_stop: '1',
          intra_op: expect.objectContaining({ allow_spinning: '1' }),
        }),
      }),
    )
  })

  it('are not waited for where there is one only', async () => {
    const { run, opened } = await programOn(1)
    for (let runs = 0; runs < 500; runs++) await run()
    expect(opened).not.toHaveBeenCalled()
  })
})
