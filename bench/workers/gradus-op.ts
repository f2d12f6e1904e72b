/**
 * Our side of `bench -- ops`: one operator as training does it, in the middle of a network. There images stand in the layout
 * that lowering chose, so the graph makes them by a 1x1 convolution of a picture with one channel, and takes the mean of each
 * channel of what comes out. A second graph only makes and reads pictures of the same shapes; of its time half belongs to
 * the ends of the first one, each of which is either made or read, and is taken away.
 */
import { gradients } from '../../src/autodiff/index.ts'
import { Random, type Shape } from '../../src/core/index.ts'
import { Graph, input, type Value } from '../../src/graph/index.ts'
import { batchNormTraining, conv, gemm, globalAveragePool, maxPool } from '../../src/ops/index.ts'
import { compileGraph, type Program } from '../../src/runtime/index.ts'
import { type OpCase, sizeAfter } from '../op-cases.ts'
import type { OpTask } from '../ops.ts'
import { serve } from './serve.ts'

/** Builds a graph: its inputs come into being as they are asked for. */
class Builder {
  readonly inputs: Value[] = []
  readonly outputs: Record<string, Value> = {}
  /** Shapes of the images at the ends. */
  readonly ends: Shape[] = []

  input(shape: Shape): Value {
    const value = input(`x${this.inputs.length}`, shape)
    this.inputs.push(value)
    return value
  }

  /** An image in the layout of training; one of a few channels is what a network is given. */
  image(shape: Shape): Value {
    const [n, channels, height, width] = shape as [number, number, number, number]
    if (channels < 8) return this.input(shape)
    this.ends.push(shape)
    return conv(this.input([n, 1, height, width]), this.input([channels, 1, 1, 1]))
  }

  output(value: Value): void {
    this.outputs[`y${Object.keys(this.outputs).length}`] = value
  }

  /** An image that comes out. */
  result(value: Value): void {
    this.ends.push(value.shape)
    this.output(globalAveragePool(value))
  }

  graph(): Graph {
    return new Graph(this.inputs, this.outputs)
  }
}

function build(given: OpCase): Builder {
  const b = new Builder()
  if ('kernel' in given) buildConv(given, b)
  else if ('channels' in given) buildImageOp(given, b)
  else b.output(gemm(b.input([given.m, given.k]), b.input([given.n, given.k]), { transB: true }))
  return b
}

function buildConv(given: Extract<OpCase, { kernel: number }>, b: Builder): void {
  const { op, batch, inChannels, outChannels, size, kernel, stride, groups } = given
  const shape = [batch, inChannels, size, size]
  const weight = b.input([outChannels, inChannels / groups, kernel, kernel])
  const options = { strides: stride, pads: (kernel - 1) / 2, group: groups }
  if (op === 'convForward') {
    b.result(conv(b.image(shape), weight, options))
    return
  }
  const dy = b.image([batch, outChannels, sizeAfter(given), sizeAfter(given)])
  // The input gradient does not look at x.
  const x = op === 'convInputGrad' ? input('unused', shape) : b.image(shape)
  const y = conv(x, weight, options)
  const [gradient] = gradients(y, [op === 'convInputGrad' ? x : weight], dy)
  if (op === 'convInputGrad') b.result(gradient!)
  else b.output(gradient!)
}

function buildImageOp(
  { op, batch, channels, size }: Extract<OpCase, { channels: number }>,
  b: Builder,
): void {
  const x = b.image([batch, channels, size, size])
  if (op === 'maxPool') {
    const y = maxPool(x, { kernel: [2, 2], strides: 2 })
    const [dx] = gradients(y, [x], b.image(y.shape))
    b.result(y)
    b.result(dx!)
    return
  }
  const [scale, bias] = [b.input([channels]), b.input([channels])]
  const [y] = batchNormTraining(x, scale, bias)
  const [dx, dScale, dBias] = gradients(y, [x, scale, bias], b.image(x.shape))
  b.result(y)
  b.result(dx!)
  b.output(dScale!)
  b.output(dBias!)
}

/** Pictures of the shapes of the ends, made and read. */
function buildEnds(ends: readonly Shape[]): Graph {
  const b = new Builder()
  for (const shape of ends) b.result(b.image(shape))
  return b.graph()
}

async function compiled(graph: Graph, { threads, lowering }: OpTask): Promise<Program> {
  const program = await compileGraph(graph, { threads, lowering })
  const random = new Random('bench')
  for (const { data } of Object.values(program.inputs)) random.fillNormal(data as Float32Array)
  return program
}

async function timed(program: Program): Promise<number> {
  const started = performance.now()
  await program.run()
  return performance.now() - started
}

await serve(async (task: OpTask) => {
  const built = build(task)
  const whole = await compiled(built.graph(), task)
  const around = built.ends.length > 0 ? await compiled(buildEnds(built.ends), task) : undefined
  return {
    parameters: 0,
    step: () => whole.run(),
    async timedStep() {
      const ms = await timed(whole)
      // Not below a tenth of the whole: the noise of a machine that others use must not make it nothing.
      return around ? Math.max(ms - (await timed(around)) / 2, ms / 10) : ms
    },
  }
})
