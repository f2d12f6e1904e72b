import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { numbersOf, tensor } from '../../src/core/index.ts'
import { Graph, input, type Value } from '../../src/graph/index.ts'
import { exp, mul, sigmoid, sum, tanh } from '../../src/ops/index.ts'
import { compile, compileGraph } from '../../src/runtime/index.ts'

describe('compile', () => {
  const f = compile((x: Value) => sum(exp(mul(x, -2))))

  it('runs a function of values on tensors', async () => {
    const y = await f(tensor([0, 1]))
    expect(numbersOf(y)[0]).toBeCloseTo(1 + Math.exp(-2), 6)
  })

  it('compiles again for another shape, and works in float64', async () => {
    const y = await f(tensor([0, 1, 2], [3], 'float64'))
    expect(numbersOf(y)[0]).toBeCloseTo(1 + Math.exp(-2) + Math.exp(-4), 14)
  })

  it('gives each of several calls at once its own result', async () => {
    const calls = [1, 2, 3].map((x) => f(tensor([x])))
    const results = (await Promise.all(calls)).map((y) => numbersOf(y)[0])
    expect(results).toEqual([1, 2, 3].map((x) => expect.closeTo(Math.exp(-2 * x), 6)))
  })

  it('says what is wrong with arguments that are no tensors, or missing', async () => {
    const add = compile((x: Value, y: Value) => x.add(y))
    await expect(add(tensor([1]), [1] as never)).rejects.toThrow(
      'compile: expected a tensor as argument 2, got an array',
    )
    await expect((add as (x: unknown) => unknown)(tensor([1]))).rejects.toThrow(
      'compile: the function takes 2 tensors, got 1',
    )
  })

  it('goes on after a call that failed', async () => {
    const program = await compileGraph(graphOf())
    await expect(program.call({ x: [1, 2, 3] })).rejects.toThrow('elements')
    const { y } = await program.call({ x: [1, 2] })
    expect(numbersOf(y!)).toEqual([2, 4])
  })

  it('runs x sigmoid(x) in float64, which ONNX Runtime would fuse into what it has not', async () => {
    const silu = compile((x: Value) => mul(x, sigmoid(x)))
    const y = await silu(tensor([2], [1], 'float64'))
    expect(numbersOf(y)[0]).toBeCloseTo(2 / (1 + Math.exp(-2)), 14)
  })

  it('differentiates twice: a Hessian-vector product', async () => {
    const hvp = compile((x: Value, v: Value) => {
      const [g] = gradients(sum(tanh(mul(x, x))), [x])
      return gradients(sum(mul(g!, v)), [x])[0]!
    })
    const at = 0.7
    const h = (x: number) => {
      const t = Math.tanh(x * x)
      const s = 1 - t * t
      return 2 * s - 8 * x * x * t * s
    }
    const y = await hvp(tensor([at], [1], 'float64'), tensor([1], [1], 'float64'))
    expect(numbersOf(y)[0]).toBeCloseTo(h(at), 12)
  })
})

function graphOf(): Graph {
  const x = input('x', [2])
  return new Graph([x], { y: mul(x, 2) })
}

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Bytes held by typed arrays that something can still reach. */
async function liveBytes(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collectGarbage()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return process.memoryUsage().arrayBuffers
}

describe('Program', () => {
  const graph = () => {
    const x = input('x', [2])
    const w = input('w', [2])
    return new Graph([x, w], { y: mul(x, w) })
  }

  it('reads bound memory in place and writes its outputs in place', async () => {
    const program = await compileGraph(graph())
    const shared = tensor([1, 2])
    program.bind('w', shared)
    const y = program.outputs.y!
    ;(program.inputs.x!.data as Float32Array).set([3, 4])
    await program.run()
    expect(numbersOf(y)).toEqual([3, 8])
    shared.data[0] = 10
    await program.run()
    expect(numbersOf(y)).toEqual([30, 8])
    expect(program.outputs.y).toBe(y)
  })

  it('refuses numbers of threads that make no sense', async () => {
    for (const threads of [0, 1.5, 100_000]) {
      await expect(compileGraph(graph(), { threads })).rejects.toThrow(
        /^threads: expected 1 \.\. \d+ on this machine/,
      )
    }
  })

  it('rejects memory of another shape, and unknown names', async () => {
    const program = await compileGraph(graph())
    expect(() => program.bind('w', tensor([1, 2, 3]))).toThrow('"w": expected float32 [2], got float32 [3]')
    expect(() => program.bind('weight', tensor([1, 2]))).toThrow(/unknown input or output "weight"/)
    await expect(program.call({ z: [1, 2] })).rejects.toThrow(/unknown input "z"/)
  })

  it('keeps the number of live buffers constant over 1,000 steps', async () => {
    const megabyte = 2 ** 18 // floats
    const x = input('x', [megabyte])
    const program = await compileGraph(new Graph([x], { y: mul(x, 2) }))
    const buffers = () => [program.inputs.x!.data.buffer, program.outputs.y!.data.buffer]
    await program.run()
    const [before, held] = [await liveBytes(), buffers()]
    for (let i = 0; i < 1000; i++) await program.run()
    expect((await liveBytes()) - before).toBeLessThan(megabyte) // a quarter of one buffer
    buffers().forEach((buffer, i) => {
      expect(buffer).toBe(held[i])
    })
  })

  it('leaves nothing of the size of its outputs to garbage collections', async () => {
    const megabyte = 2 ** 18 // floats
    const x = input('x', [megabyte])
    const program = await compileGraph(new Graph([x], { y: mul(x, 2) }))
    await program.run()
    const before = process.memoryUsage().arrayBuffers
    for (let i = 0; i < 5; i++) await program.run()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(megabyte)
  })

  it('flushes denormal numbers to zero', async () => {
    const x = input('x', [1])
    const program = await compileGraph(new Graph([x], { y: mul(x, 1e-10) }))
    const { y } = await program.call({ x: [1e-30] })
    expect(numbersOf(y!)).toEqual([0])
  })
})
