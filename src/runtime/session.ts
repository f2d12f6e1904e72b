import { availableParallelism } from 'node:os'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { ensure, GradusError, type Tensor } from '../core/index.ts'
import { withSequenceFirst } from '../onnx/index.ts'
import { Faster } from './faster.ts'
import { otherLoad } from './other-load.ts'

/** The one door to ONNX Runtime in Node: models in, typed arrays through, nothing to dispose. */
export interface Session {
  /**
   * Runs the model once. Inputs are read from and outputs written to the memory of the given tensors.
   * Blocks the thread while it runs.
   */
  run(): Promise<void>
  /** Uses another tensor's memory for an input or output, from the next run on. */
  bind(name: string, tensor: Tensor): void
}

export interface SessionOptions {
  /** Threads within an operator; all cores by default. More than 4 for each core are refused: they only cost. */
  readonly threads?: number
  /** Let ONNX Runtime choose layouts for this machine where weights are constants (default true). */
  readonly layouts?: boolean
  /**
   * The model is so small that it may be open twice: once with threads that sleep until there is work for them, and, when it has
   * run for as long as it took to open, with threads that spin, which are faster where nothing else needs the cores
   * (default false: threads spin a little if others left the cores idle when the model was opened). Results do not depend on it.
   */
  readonly small?: boolean
}

/** Fails unless so many threads make sense here; every one is a thread of the operating system. */
function checkThreads(threads: number): void {
  const most = 4 * availableParallelism()
  ensure(
    Number.isInteger(threads) && threads >= 1 && threads <= most,
    `threads: expected 1 .. ${most} on this machine, got ${threads}`,
    `it has ${availableParallelism()} cores; leave threads out to use them all`,
  )
}

/** Opens a model with memory for all its inputs and outputs. */
export async function openSession(
  model: Uint8Array,
  inputs: Readonly<Record<string, Tensor>>,
  outputs: Readonly<Record<string, Tensor>>,
  { threads = availableParallelism(), layouts = true, small = false }: SessionOptions = {},
): Promise<Session> {
  checkThreads(threads)
  const float64 = [...Object.values(inputs), ...Object.values(outputs)].some(
    ({ dtype }) => dtype === 'float64',
  )
  const large = Object.values(outputs).reduce((sum, { data }) => sum + data.byteLength, 0) > largeOutputs
  const bytes = large ? withSequenceFirst(model, notCopied) : model
  const open = opener(bytes, { threads, layouts, float64 })
  const run = small && threads > 1 ? await inFasterWay(open) : runner(await open(spinOfLarge()))
  const feeds = wrapAll(inputs)
  const fetches: Record<string, OrtTensor | null> = {
    ...(large && { [notCopied]: null }),
    ...wrapAll(outputs),
  }
  return {
    async run() {
      await guarded('ONNX Runtime failed while it ran the graph', () => run(feeds, fetches))
    },
    bind(name, tensor) {
      const place = name in feeds ? feeds : fetches
      if (!(name in place)) throw new GradusError(`the program has no input or output "${name}"`)
      place[name] = wrap(tensor)
    },
  }
}

type Feeds = InferenceSession.FeedsType
type Fetches = Readonly<Record<string, OrtTensor | null>>
type Run = (feeds: Feeds, fetches: Fetches) => Promise<void>

/** Microseconds that threads of small models spin before they sleep, in the way that spins. */
const SPIN = 1000
/** The same in large models, whose operators follow each other closely, where others leave us the cores. */
const SHORT_SPIN = 50
/** Cores that others keep busy up to which they leave us ours. */
const LITTLE = 0.2

const spinOfLarge = () => (otherLoad() <= LITTLE ? SHORT_SPIN : 0)

/** What opens a model. */
const opener = (model: Uint8Array, settings: Omit<Settings, 'spin'>) => (spin: number) =>
  guarded('ONNX Runtime does not accept the graph', () => create(model, { ...settings, spin }))

const runner =
  (session: InferenceSession): Run =>
  async (feeds, fetches) => {
    await session.run(feeds, fetches).catch(expectRefusal)
  }

/** Runs a model with threads that sleep while they wait, or with threads that spin, as is faster at the moment. */
async function inFasterWay(open: ReturnType<typeof opener>): Promise<Run> {
  const started = performance.now()
  const sleeping = runner(await open(0))
  const toOpen = performance.now() - started
  let spinning: Run | undefined
  let faster: Faster | undefined
  let total = 0
  return async (feeds, fetches) => {
    if (total > toOpen && !faster) {
      spinning = runner(await open(SPIN))
      faster = new Faster()
    }
    const run = faster?.next === 1 ? spinning! : sleeping
    const began = performance.now()
    await run(feeds, fetches)
    const time = performance.now() - began
    if (faster) return faster.took(time)
    total += time
  }
}

interface Settings extends Required<Omit<SessionOptions, 'small'>> {
  /** Whether any number that goes in or out is one. */
  readonly float64: boolean
  /** How long threads spin while they wait, within a run, before they sleep; in microseconds. */
  readonly spin: number
}

function create(model: Uint8Array, { threads, layouts, float64, spin }: Settings): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: layouts ? 'all' : 'extended',
    // Planning all memory in the first run keeps that run's own memory beside it: twice the peak, for no gain in time.
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: {
      session: {
        // Numbers below 1e-38 cost a hundred times more than others on most CPUs, and mean nothing in training.
        set_denormal_as_zero: '1',
        // Between two runs they would take a core from whatever runs there.
        ...(spin > 0 && { force_spinning_stop: '1' }),
        intra_op: spin > 0 ? { allow_spinning: '1', spin_duration_us: `${spin}` } : { allow_spinning: '0' },
      },
      // It joins x and sigmoid(x) to an operator that has no float64 kernel.
      ...(float64 && { optimization: { disable_specified_optimizers: 'QuickGeluFusion' } }),
    },
  })
}

/** Bytes of all outputs from which on copying them costs more than an error. */
const largeOutputs = 2 ** 16
/** An output that onnxruntime-node cannot return. */
const notCopied = 'gradus.not_copied'

/**
 * After a run, when all results are in the memory that we gave it, onnxruntime-node copies each of them once more to return
 * it. It begins with the model's first output, and if that is not a tensor it ends there, with this error.
 */
function expectRefusal(error: unknown): void {
  if (!(error instanceof Error && error.message.includes('Non tensor type'))) throw error
}

/** Says what went wrong in front of what ONNX Runtime says. */
async function guarded<T>(failure: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw new GradusError(failure, [error instanceof Error ? error.message : String(error)], { cause: error })
  }
}

const wrapAll = (tensors: Readonly<Record<string, Tensor>>): Record<string, OrtTensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, wrap(tensor)]))

/** ONNX Runtime's view of a tensor: the same memory. */
function wrap({ dtype, data, shape }: Tensor): OrtTensor {
  return new OrtTensor(dtype as 'float32', data as Float32Array, shape)
}
