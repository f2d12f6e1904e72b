import { ensure, formatShape, type Shape, sameShape, sizeOf } from '../../core/index.ts'
import { Graph, input, type ValueInfo } from '../../graph/index.ts'
import { inspectOnnx, type OnnxModel, readOnnx } from '../../onnx/index.ts'
import { type CompileOptions, compileGraph } from '../../runtime/index.ts'
import { plain, type View } from './views.ts'

/** A network from a file, ready to run. */
export interface Network {
  /** Samples that it takes at a time. */
  readonly batchSize: number
  /** Of one sample. */
  readonly inputShape: Shape
  /** Numbers that it gives for a sample. */
  readonly outputs: number
  /** How many views it is shown of each sample. */
  readonly views: number
  /** Which of the views is the sample as it is; -1 if none is. */
  readonly plainView: number
  /** What the file says about itself. */
  readonly metadata: OnnxModel['metadata']
  /**
   * Runs a batch, [batchSize, ...inputShape], or the beginning of one: its rest is then whatever was there before, and what
   * comes of it means nothing.
   * @returns a copy of the output of each view, [batchSize, outputs].
   */
  run(inputs: Float32Array): Promise<Float32Array[]>
}

export interface NetworkOptions extends CompileOptions {
  /** What the network is shown of each sample; by default the sample. What is there twice counts twice, and is shown once. */
  readonly views?: readonly View[]
}

/**
 * The network in an ONNX file.
 * @param batchSize samples at a time; a file that has another number built in keeps it.
 * @throws if the file cannot be read.
 */
export function readNetwork(file: Uint8Array, batchSize: number): OnnxModel {
  const [port] = inspectOnnx(file).inputs
  const axis = port?.shape?.[0]
  // An axis without a name goes by that of its input.
  return readOnnx(file, {
    dims: typeof axis === 'string' ? { [axis === '?' ? `${port!.name}.0` : axis]: batchSize } : {},
  })
}

/**
 * Makes a network of one input float32 [N, ...] and one output float32 [N, ...] ready to run.
 *
 * Views go through it one after the other. All in one larger batch would take as long, and the memory of all of them.
 * @throws if it has other inputs and outputs, or a view changes the shape of what is shown.
 */
export async function openNetwork(
  { graph, metadata }: OnnxModel,
  { views = [plain], ...options }: NetworkOptions = {},
): Promise<Network> {
  const [x, y] = [graph.inputs[0], graph.outputs[0]]
  const isSingle = graph.inputs.length === 1 && graph.outputs.length === 1
  ensure(
    x && y && isSingle && x.rank > 0 && x.shape[0] === y.shape[0] && isFloat32(x) && isFloat32(y),
    'expected a network of one input float32 [N, ...] and one output [N, ...], found inputs ' +
      `${graph.inputs.join(', ') || 'none'}, outputs ${graph.outputs.join(', ') || 'none'}`,
  )
  const [batchSize, ...inputShape] = x.shape as [number, ...number[]]
  const program = await compileGraph(graph, options)
  const [place, result] = [program.inputs[x.name!]!, program.outputs[graph.outputNames[0]!]!]
  const distinct = [...new Set(views)]
  const show = await openViews(distinct, x.shape, options)
  return {
    batchSize,
    inputShape,
    outputs: sizeOf(y.shape) / batchSize,
    views: views.length,
    plainView: views.indexOf(plain),
    metadata,
    async run(inputs) {
      const outputs: Float32Array[] = []
      for (const shown of await show(inputs)) {
        ;(place.data as Float32Array).set(shown)
        await program.run()
        outputs.push(Float32Array.from(result.data as Float32Array))
      }
      return views.map((view) => outputs[distinct.indexOf(view)]!)
    },
  }
}

const isFloat32 = ({ dtype }: ValueInfo) => dtype === 'float32'

/** What makes the views of a batch. */
async function openViews(
  views: readonly View[],
  shape: Shape,
  options: CompileOptions,
): Promise<(inputs: Float32Array) => Promise<Float32Array[]>> {
  if (views.every((view) => view === plain)) return async (inputs) => views.map(() => inputs)
  const x = input('inputs', shape)
  const outputs = views.map((view, i) => [`view:${i}`, view(x)] as const)
  const wrong = outputs.find(([, view]) => !sameShape(view.shape, shape))?.[1]
  ensure(
    !wrong,
    `tta: expected views of the shape of the pictures, ${formatShape(shape)}, got ${wrong && formatShape(wrong.shape)}`,
  )
  const program = await compileGraph(new Graph([x], Object.fromEntries(outputs)), options)
  return async (inputs) => {
    ;(program.inputs.inputs!.data as Float32Array).set(inputs)
    await program.run()
    return outputs.map(([name]) => program.outputs[name]!.data as Float32Array)
  }
}
