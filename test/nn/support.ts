import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { gradients } from '../../src/autodiff/index.ts'
import { type DType, isFloat, numbersOf, type Shape, type Tensor, tensor } from '../../src/core/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import { type Fill, type Layer, trace } from '../../src/nn/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'

/** A tensor of a fixture. */
export interface Stored {
  readonly shape: Shape
  readonly data: readonly number[]
}

export interface LayerResult {
  readonly output: Stored
  readonly inputGradient: Stored
  readonly gradients: Readonly<Record<string, Stored>>
  readonly buffers: Readonly<Record<string, Stored>>
}

interface Fixture {
  readonly layers: Readonly<
    Record<
      string,
      {
        input: Stored
        seed: Stored
        state: Readonly<Record<string, Stored>>
        training: LayerResult
        evaluation: LayerResult
      }
    >
  >
  readonly losses: Readonly<
    Record<string, { output: Stored; target: Stored; loss: Stored; gradient: Stored }>
  >
  readonly resnet18: readonly {
    stem: 'cifar' | 'imagenet'
    size: number
    state: Readonly<Record<string, Shape>>
    parameters: number
    evaluation: Stored
    training: Stored
    biasGradient: Stored
    normGradient: Stored
  }[]
}

/** What PyTorch computed; made by test/fixtures/nn.py. */
export const fixture = JSON.parse(
  readFileSync(fileURLToPath(new URL('../fixtures/nn.json', import.meta.url)), 'utf8'),
) as Fixture

export const load = (stored: Stored, dtype: DType = 'float32'): Tensor =>
  tensor(stored.data, stored.shape, dtype)

/** Fails unless all elements agree to `tolerance`, relative to the largest one. */
export function expectClose(
  found: Tensor | undefined,
  expected: Stored,
  what: string,
  tolerance = 1e-5,
): void {
  expect(found?.shape, what).toEqual(expected.shape)
  const scale = Math.max(1, ...expected.data.map(Math.abs))
  numbersOf(found!).forEach((value, i) => {
    const error = Math.abs(value - expected.data[i]!) / scale
    if (!(error <= tolerance)) expect.fail(`${what}[${i}]: ${value}, PyTorch has ${expected.data[i]}`)
  })
}

/**
 * Runs a layer forward and backward from the gradient `seed` of its output; what it draws is `draw(fill)`. An input of
 * integers has no gradient: `dx` is then meaningless.
 */
export async function runLayer(
  layer: Layer,
  x: Tensor,
  seed: Tensor,
  options: { training: boolean; state?: Readonly<Record<string, Tensor>>; draw?: (fill: Fill) => number },
) {
  const [xValue, seedValue] = [input('x', x.shape, x.dtype), input('seed', seed.shape)]
  const { output, tensors, updates, draws } = trace(layer, xValue, { training: options.training })
  const parameters = [...tensors.keys()].filter((name) => !/running_/.test(name))
  const point = isFloat(x.dtype) ? xValue : seedValue
  const wrt = [point, ...parameters.map((name) => tensors.get(name)!)]
  const [dx, ...grads] = gradients(output, wrt, seedValue)
  const outputs = Object.fromEntries([
    ['output', output],
    ['dx', dx!],
    ...parameters.map((name, i) => [`d:${name}`, grads[i]!] as const),
    ...[...updates].map(([name, value]) => [`next:${name}`, value] as const),
  ])
  const inputs = [xValue, seedValue, ...tensors.values(), ...draws.map(({ value }) => value)]
  const program = await compileGraph(new Graph(inputs, outputs), { threads: 1 })
  for (const { value, fill } of draws) {
    const { data } = program.inputs[value.name!]!
    for (let i = 0; i < data.length; i++) data[i] = options.draw!(fill)
  }
  const results = await program.call({ x, seed, ...options.state })
  const pick = (prefix: string) =>
    Object.fromEntries(
      Object.entries(results).flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    )
  return { output: results.output!, dx: results.dx!, gradients: pick('d:'), next: pick('next:') }
}
