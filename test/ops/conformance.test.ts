import { describe, expect, it } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { isFloat } from '../../src/core/index.ts'
import { constant, Graph, input, type Operator, sortedNodes, Value } from '../../src/graph/index.ts'
import { add, mul, operators, sum } from '../../src/ops/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import {
  checkGradients,
  type Float,
  gradientCheckDefaults,
  operatorSamples,
  type Sample,
  tensorsOf,
} from '../../src/testing/index.ts'

const table = [...operators].map(([name, op]) => ({ name, op, samples: operatorSamples[name] ?? [] }))

/** The widest dtype in which a sample of an operator runs. */
const floatOf = (sample: Sample, op: Operator): Float =>
  sample.float ?? (op.float64 === false ? 'float32' : 'float64')

const outputsOf = (sample: Sample, inputs: readonly Value[]): readonly Value[] => {
  const result = sample.build(...inputs)
  return result instanceof Value ? [result] : result
}

/** Runs a sample; ONNX Runtime itself refuses outputs of another shape or dtype than the shape rule promised. */
async function run(sample: Sample, float: Float) {
  const tensors = tensorsOf(sample, float)
  const inputs = tensors.map(({ shape, dtype }, i) => input(`x${i}`, shape, dtype))
  const outputs = outputsOf(sample, inputs)
  const program = await compileGraph(
    new Graph(inputs, Object.fromEntries(outputs.map((value, i) => [`y${i}`, value]))),
    { lowering: false, threads: 1 },
  )
  return program.call(Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor])))
}

describe('every operator', () => {
  it('has a sample, and every sample belongs to an operator', () => {
    expect(table.filter(({ samples }) => samples.length === 0).map(({ name }) => name)).toEqual([])
    expect(Object.keys(operatorSamples).filter((name) => !operators.has(name))).toEqual([])
  })

  it.each(table)('$name: its samples use it, under different names', ({ op, samples }) => {
    for (const sample of samples) {
      const inputs = tensorsOf(sample, floatOf(sample, op)).map((data) => constant(data))
      expect(
        sortedNodes(outputsOf(sample, inputs)).map((node) => node.op),
        sample.name,
      ).toContain(op)
    }
    expect(new Set(samples.map(({ name }) => name)).size).toBe(samples.length)
  })
})

describe('ONNX Runtime agrees with the shape rule', () => {
  it.each(table)('$name', async ({ op, samples }) => {
    for (const sample of samples) {
      const outputs = Object.values(await run(sample, floatOf(sample, op)))
      expect(outputs.length, sample.name).toBeGreaterThan(0)
    }
  })
})

describe('float64 says whether a kernel exists', () => {
  const floating = table
    .map((row) => ({
      ...row,
      sample: row.samples.find(
        ({ inputs, float }) => !float && inputs.some(({ dtype }) => dtype === 'float'),
      ),
    }))
    .filter(({ sample }) => sample !== undefined)

  it.each(floating)('$name', async ({ op, sample }) => {
    const attempt = run(sample!, 'float64')
    if (op.float64 === false) await expect(attempt).rejects.toThrow('ONNX Runtime does not accept the graph')
    else expect(Object.keys(await attempt).length).toBeGreaterThan(0)
  })
})

describe('gradients are what central differences say', () => {
  const differentiable = table.filter(({ op }) => op.grad !== 'none')

  it.each(differentiable)('$name', async ({ op, samples }) => {
    for (const sample of samples) {
      const float = floatOf(sample, op)
      const tensors = tensorsOf(sample, float)
      const outputs = outputsOf(
        sample,
        tensors.map((data) => constant(data)),
      )
      if (![tensors, outputs].every((list) => list.some(({ dtype }) => isFloat(dtype)))) continue
      expect(await checkGradients(sample.build, tensors, gradientCheckDefaults[float]), sample.name).toEqual(
        [],
      )
    }
  })
})

describe('gradients of gradients are what central differences say', () => {
  const smooth = table.filter(({ op }) => op.grad !== 'none' && op.grad !== 'zero')

  it.each(smooth)('$name', async ({ op, samples }) => {
    for (const sample of samples) {
      const float = floatOf(sample, op)
      const tensors = tensorsOf(sample, float)
      const outputs = outputsOf(
        sample,
        tensors.map((data) => constant(data)),
      )
      if (![tensors, outputs].every((list) => list.some(({ dtype }) => isFloat(dtype)))) continue
      const gradient = (...inputs: Value[]) => {
        const outputs = outputsOf(sample, inputs).filter((value) => isFloat(value.dtype))
        const terms = outputs.map((y) => sum(mul(y, y))) // so that linear operators have a second order
        const wrt = inputs.filter((value) => isFloat(value.dtype))
        return gradients(
          terms.reduce((a, b) => add(a, b)),
          wrt,
        )
      }
      expect(await checkGradients(gradient, tensors, gradientCheckDefaults[float]), sample.name).toEqual([])
    }
  })
})
