import {
  dtypes,
  ensure,
  formatShape,
  sameShape,
  sizeOf,
  type Tensor,
  type TypedArray,
  tensor,
  unknownName,
  zeros,
} from '../core/index.ts'
import { Graph, input, type NamedValues, Value, type ValueInfo } from '../graph/index.ts'
import { writeOnnx } from '../onnx/index.ts'
import { lowerHere } from './lower-here.ts'
import type { Programs } from './programs.ts'
import { openSession, type Session, type SessionOptions } from './session.ts'

export interface CompileOptions extends Pick<SessionOptions, 'threads'> {
  /** Rewrite the graph into the forms that are fast on this machine (default true). Results differ by rounding only. */
  readonly lowering?: boolean
  /** Where programs of graphs that were compiled before are found again; none by default. */
  readonly programs?: Programs
}

/** Numbers for the inputs of a program, by name. */
type Feeds = Readonly<Record<string, Tensor | TypedArray | readonly number[]>>

/**
 * A compiled graph. Its inputs and outputs are tensors in host memory that live as long as the program: write into the
 * inputs, {@link run}, read the outputs.
 */
export class Program {
  readonly graph: Graph
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly outputs: Readonly<Record<string, Tensor>>
  readonly #session: Session
  /** Settled when no call is under way. */
  #idle: Promise<unknown> = Promise.resolve()

  constructor(
    graph: Graph,
    inputs: Record<string, Tensor>,
    outputs: Record<string, Tensor>,
    session: Session,
  ) {
    this.graph = graph
    this.inputs = inputs
    this.outputs = outputs
    this.#session = session
  }

  /**
   * Makes an input or output use the memory of `held`, so that several programs can share parameters.
   * @throws if the name is unknown, or dtype or shape differ.
   */
  bind(name: string, held: Tensor): void {
    const place = name in this.inputs ? this.inputs : this.outputs
    const known = place[name]
    if (!known)
      throw unknownName('input or output', name, [...Object.keys(this.inputs), ...Object.keys(this.outputs)])
    expectTensor(name, known, held)
    ;(place as Record<string, Tensor>)[name] = held
    this.#session.bind(name, held)
  }

  /** Runs once, from the numbers in {@link inputs} to those in {@link outputs}. */
  async run(): Promise<void> {
    await this.#session.run()
  }

  /**
   * Copies `feeds` into the inputs, runs, and returns copies of the outputs. Calls that are made at the same time run one
   * after the other, since they share the memory of the inputs and outputs.
   */
  call(feeds: Feeds): Promise<Record<string, Tensor>> {
    const results = this.#idle.then(() => this.#callAlone(feeds))
    this.#idle = results.catch(() => {})
    return results
  }

  async #callAlone(feeds: Feeds): Promise<Record<string, Tensor>> {
    for (const [name, feed] of Object.entries(feeds)) {
      const place = this.inputs[name]
      if (!place) throw unknownName('input', name, Object.keys(this.inputs))
      const given = 'dtype' in feed ? feed : tensor(feed, place.shape, place.dtype)
      expectTensor(name, place, given)
      ;(place.data as Float32Array).set(given.data as Float32Array)
    }
    await this.run()
    return Object.fromEntries(
      Object.entries(this.outputs).map(([name, { dtype, shape, data }]) => [
        name,
        { dtype, shape, data: data.slice() },
      ]),
    )
  }
}

function expectTensor(name: string, known: ValueInfo, given: ValueInfo): void {
  ensure(
    known.dtype === given.dtype && sameShape(known.shape, given.shape),
    `"${name}": expected ${known.dtype} ${formatShape(known.shape)}, got ${given.dtype} ${formatShape(given.shape)}`,
  )
}

/** Compiles a graph for this machine, unless an equal one was compiled before and is kept. */
export async function compileGraph(graph: Graph, options: CompileOptions = {}): Promise<Program> {
  const { lowering = true, threads, programs } = options
  const manner = { lowering, threads }
  return programs ? programs.get(graph, manner, () => compileAnew(graph, manner)) : compileAnew(graph, manner)
}

interface Manner {
  readonly lowering: boolean
  readonly threads: number | undefined
}

async function compileAnew(graph: Graph, { lowering, threads }: Manner): Promise<Program> {
  const lowered = lowering ? await lowerHere(graph) : graph
  const inputs = Object.fromEntries(
    graph.inputs.map((value) => [value.name!, zeros(value.shape, value.dtype)]),
  )
  const outputs = Object.fromEntries(
    graph.outputs.map((value, i) => [graph.outputNames[i]!, zeros(value.shape, value.dtype)]),
  )
  const model = writeOnnx(lowered)
  const small = model.length + bytesMadeBy(lowered) <= SMALL
  const session = await openSession(model, inputs, outputs, {
    threads,
    layouts: lowering,
    small,
  })
  return new Program(graph, inputs, outputs, session)
}

/** Bytes of a model and of all that its run makes, up to which it is small; they are never all held at the same time. */
const SMALL = 2 ** 29

const bytesMadeBy = ({ nodes }: Graph): number =>
  nodes
    .flatMap(({ outputs }) => outputs)
    .reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * dtypes[dtype].bytes, 0)

type Result = Value | readonly Value[] | NamedValues
type TensorsOf<R extends Result> = R extends Value ? Tensor : { [K in keyof R]: Tensor }

/**
 * Turns a function of symbolic values into one of tensors. The graph is built and compiled at the first call with given
 * dtypes and shapes, and used again for every later call with the same ones.
 * ```ts
 * const f = compile((x: Value) => sum(exp(x.mul(-2))))
 * const y = await f(tensor([1, 2, 3]))
 * ```
 */
export function compile<Args extends readonly Value[], R extends Result>(
  build: (...args: Args) => R,
  options?: CompileOptions,
): (...args: { [K in keyof Args]: Tensor }) => Promise<TensorsOf<R>> {
  const programs = new Map<string, Promise<Program>>()
  let single = false
  let list = false
  const prepare = (infos: readonly ValueInfo[]) => {
    const inputs = infos.map(({ dtype, shape }, i) => input(`x${i}`, shape, dtype))
    const result: Result = build(...(inputs as unknown as Args))
    single = result instanceof Value
    list = Array.isArray(result)
    const outputs = result instanceof Value ? { y: result } : Object.fromEntries(Object.entries(result))
    return compileGraph(new Graph(inputs, outputs), options)
  }
  return async (...args) => {
    const tensors = args as unknown as readonly Tensor[]
    expectArguments(tensors, build.length)
    const key = tensors.map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`).join()
    const compiled = programs.get(key) ?? prepare(tensors)
    programs.set(key, compiled)
    const program = await compiled
    const results = await program.call(Object.fromEntries(tensors.map((given, i) => [`x${i}`, given])))
    if (single) return results.y as TensorsOf<R>
    return (list ? Object.values(results) : results) as TensorsOf<R>
  }
}

/** Fails unless the arguments of a compiled function are tensors, and all that its function names are there. */
function expectArguments(given: readonly unknown[], count: number): void {
  ensure(given.length >= count, `compile: the function takes ${count} tensors, got ${given.length}`)
  const wrong = given.findIndex((value) => !isTensor(value))
  ensure(
    wrong < 0,
    `compile: expected a tensor as argument ${wrong + 1}, got ${Array.isArray(given[wrong]) ? 'an array' : typeof given[wrong]}`,
    'make one with tensor([1, 2, 3])',
  )
}

const isTensor = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value && 'data' in value
