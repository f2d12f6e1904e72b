import { describe, expect, it } from 'vitest'
import { numbersOf, Random, type Tensor, tensor } from '../../src/core/index.ts'
import { Graph } from '../../src/graph/index.ts'
import { sum } from '../../src/ops/index.ts'
import {
  adam,
  adamw,
  addDecay,
  addElasticNet,
  addL1,
  byRate,
  chain,
  checkOptimizer,
  clipByGlobalNorm,
  clipByRunningNorm,
  clipByValue,
  groups,
  initialState,
  type Link,
  lion,
  maxNorm,
  momentum,
  type Optimizer,
  type ParamInfo,
  reduceAt,
  reductionsOf,
  rmsprop,
  scalarsAt,
  sgd,
  sumsGraph,
  updateGraph,
} from '../../src/optim/index.ts'
import { compileGraph } from '../../src/runtime/index.ts'
import { Updater } from '../../src/train/step/updater.ts'
import { simulate } from './simulate.ts'

const parameters: ParamInfo[] = [
  { name: 'features.weight', shape: [3, 5], decay: true },
  { name: 'features.bias', shape: [3], decay: false },
  { name: 'head.weight', shape: [2, 3], decay: true },
]

const noise = (name: string, { shape }: ParamInfo): Tensor => {
  const random = new Random('links', name)
  const size = shape.reduce((product, n) => product * n, 1)
  return tensor(
    Array.from({ length: size }, () => random.normal()),
    shape,
  )
}
const start = () => new Map(parameters.map((info) => [info.name, noise(info.name, info)]))

/** Updates all parameters with gradients that are a function of the step; after each step calls `see`. */
function train(optimizer: Optimizer, steps: number, see: (tensors: Map<string, Tensor>) => void = () => {}) {
  const tensors = start()
  const updater = new Updater({ optimizer, parameters, tensors })
  for (let step = 0; step < steps; step++) {
    fill(updater, step)
    updater.run(step, {})
    see(tensors)
  }
  return { tensors, updater }
}

function fill({ gradients }: Updater, step: number, scale = 1): void {
  for (const info of parameters) {
    const held = gradients.get(info.name)
    if (!held) continue
    noise(`${info.name} ${step}`, info).data.forEach((g, i) => {
      ;(held.data as Float32Array)[i] = Number(g) * scale * (step + 1)
    })
  }
}

const normOf = (tensors: Iterable<Tensor>) =>
  Math.sqrt([...tensors].flatMap(numbersOf).reduce((s, x) => s + x * x, 0))

describe('an optimizer with sums over all gradients equals its graphs on ONNX Runtime', () => {
  const optimizers: Record<string, Optimizer> = {
    'first in the chain': chain(clipByGlobalNorm(1), adamw(0.01)),
    'with memory': chain(clipByRunningNorm({ factor: 1, beta: 0.5 }), sgd(0.1, { momentum: 0.9 })),
    'behind links with state': chain(addDecay(0.1), momentum(0.9), clipByGlobalNorm(0.5), byRate(0.1)),
    'two of them': chain(clipByGlobalNorm(3), momentum(0.5), clipByGlobalNorm(1), byRate(0.1)),
    'with groups': chain(groups([{ match: 'head.*', freeze: true }]), clipByGlobalNorm(1), lion(0.01)),
    rmsprop: rmsprop(0.01, { centered: true }),
  }

  it.each(Object.entries(optimizers))('%s', async (_, optimizer) => {
    const { tensors, updater } = train(optimizer, 0)
    const trained = parameters.filter(({ name }) => updater.gradients.has(name))
    const peers = await Promise.all(trained.map((info) => graphsOf(optimizer, info)))
    let memory: Record<string, Readonly<Record<string, number>>> = {}
    for (let step = 0; step < 3; step++) {
      fill(updater, step)
      const scalars: Record<string, number> = scalarsAt(optimizer, step)
      for (const key of reductionsOf(optimizer)) {
        const squares = await Promise.all(
          peers.map(({ sums, info, feeds }) => sums[key]!(feeds(updater, info), scalars)),
        )
        const known = memory[key] ?? optimizer.links.find(({ name }) => name === key)?.reduce?.memory ?? {}
        const total = { squares: squares.reduce((a, b) => a + b, 0) }
        const result = reduceAt(optimizer, key, { sums: total, memory: known, step })
        memory = { ...memory, [key]: result.memory }
        Object.assign(scalars, result.scalars)
      }
      for (const peer of peers) await peer.update(peer.feeds(updater, peer.info), scalars)
      updater.run(step, {})
      for (const { info, held } of peers) {
        tensors.get(info.name)!.data.forEach((x, i) => {
          expect(x).toBeCloseTo(Number(held.p!.data[i]), 5)
        })
      }
    }
  })

  /** The graphs of a parameter, compiled, with tensors of their own. */
  async function graphsOf(optimizer: Optimizer, info: ParamInfo) {
    const graph = updateGraph(optimizer, info)
    const renamed = Object.fromEntries(Object.entries(graph.results).map(([k, v]) => [`next/${k}`, v]))
    const program = await compileGraph(new Graph(graph.inputs, renamed), { threads: 1 })
    const held: Record<string, Tensor> = {
      p: noise(info.name, info),
      ...initialState(optimizer, info),
    }
    type Feeds = Record<string, Tensor['data'] | readonly number[]>
    const given = (inputs: readonly { name?: string }[], feeds: Feeds, scalars: Record<string, number>) =>
      Object.fromEntries(inputs.map(({ name }) => [name!, feeds[name!] ?? [scalars[name!]!]]))
    const sums = reductionsOf(optimizer).map(async (key) => {
      const terms = sumsGraph(optimizer, info, key)
      const total = await compileGraph(new Graph(terms.inputs, { sum: sum(terms.results.squares!) }))
      const run = async (feeds: Feeds, scalars: Record<string, number>) =>
        Number((await total.call(given(terms.inputs, feeds, scalars))).sum!.data[0])
      return [key, run] as const
    })
    return {
      info,
      held,
      sums: Object.fromEntries(await Promise.all(sums)),
      feeds: (updater: Updater, { name }: ParamInfo): Feeds => ({
        ...Object.fromEntries(Object.entries(held).map(([key, { data }]) => [key, data])),
        g: updater.gradients.get(name)!.data,
      }),
      async update(feeds: Feeds, scalars: Record<string, number>) {
        const next = await program.call(given(graph.inputs, feeds, scalars))
        for (const [key, value] of Object.entries(next)) held[key.slice('next/'.length)] = value
      },
    }
  }
})

describe('clipping by global norm', () => {
  const moved = (optimizer: Optimizer, scale: number) => {
    const tensors = start()
    const updater = new Updater({ optimizer, parameters, tensors })
    fill(updater, 0, scale)
    const norm = normOf(updater.gradients.values())
    updater.run(0, {})
    const steps = parameters.map((info) => ({
      ...info,
      step: numbersOf(noise(info.name, info)).map((x, i) => x - Number(tensors.get(info.name)!.data[i])),
    }))
    return { norm, steps, length: Math.hypot(...steps.flatMap(({ step }) => step)) }
  }

  it('shortens what is too long to exactly the limit, over all parameters, and keeps its direction', () => {
    const { steps, norm, length } = moved(chain(clipByGlobalNorm(0.5), sgd(1)), 3)
    expect(length).toBeCloseTo(0.5, 5)
    const whole = moved(sgd(1), 3)
    steps.forEach(({ step }, k) => {
      step.forEach((x, i) => {
        expect(x).toBeCloseTo((whole.steps[k]!.step[i]! * 0.5) / norm, 5)
      })
    })
  })

  it('leaves alone what is short enough', () => {
    expect(moved(chain(clipByGlobalNorm(100), sgd(1)), 1)).toEqual(moved(sgd(1), 1))
  })

  it('brings back gradients whose squares float32 cannot hold', () => {
    expect(moved(chain(clipByGlobalNorm(0.5), sgd(1)), 1e25).length).toBeCloseTo(0.5, 5)
  })

  it('fails naming link and step if a gradient is not finite, and changes nothing', () => {
    const tensors = start()
    const updater = new Updater({ optimizer: chain(clipByGlobalNorm(1), adam()), parameters, tensors })
    ;(updater.gradients.get('head.weight')!.data as Float32Array)[2] = Number.NaN
    expect(() => updater.run(6, {})).toThrow(
      'clipByGlobalNorm: the sum over all gradients, squares, is NaN at step 6',
    )
    expect([...tensors.values()].map(({ data }) => [...data])).toEqual(
      [...start().values()].map(({ data }) => [...data]),
    )
  })
})

describe('clipping by the running norm', () => {
  const [factor, beta] = [1.5, 0.8]

  it('follows the norms that it let through', () => {
    const { updater } = train(chain(clipByRunningNorm({ factor, beta }), sgd(0.1)), 0)
    const average = () => Number(updater.state.get('optimizer/clipByRunningNorm/average')!.data[0])
    let expected = 0
    for (let step = 0; step < 8; step++) {
      fill(updater, step, step === 5 ? 1e6 : 1)
      const limit = step === 0 ? Number.POSITIVE_INFINITY : (factor * expected) / (1 - beta ** step)
      expected = beta * expected + (1 - beta) * Math.min(normOf(updater.gradients.values()), limit)
      updater.run(step, {})
      expect(average() / expected).toBeCloseTo(1, 5)
    }
    // One explosion has not opened the way for the next.
    expect(average()).toBeLessThan(100)
  })

  it('resumes from its state to the same bits', () => {
    const optimizer = () => chain(clipByRunningNorm({ factor: 1 }), sgd(0.1, { momentum: 0.9 }))
    const whole = train(optimizer(), 8)
    const { tensors, updater } = train(optimizer(), 3)
    const resumed = new Updater({ optimizer: optimizer(), parameters, tensors, state: updater.state })
    for (let step = 3; step < 8; step++) {
      fill(resumed, step)
      resumed.run(step, {})
    }
    for (const [name, { data }] of whole.tensors) expect(tensors.get(name)!.data).toEqual(data)
  })
})

describe('groups', () => {
  const trained = (list: Parameters<typeof groups>[0], optimizer: Optimizer) =>
    train(chain(groups(list), optimizer), 3)
  const steps = (tensors: Map<string, Tensor>) =>
    parameters.map((info) =>
      numbersOf(noise(info.name, info)).map((x, i) => x - Number(tensors.get(info.name)!.data[i])),
    )

  it('multiply the rate of what matches', () => {
    const plain = steps(train(adam(0.01), 3).tensors)
    const grouped = steps(trained([{ match: 'features.*', rate: 0.1 }], adam(0.01)).tensors)
    for (const [k, factor] of [0.1, 0.1, 1].entries()) {
      grouped[k]!.forEach((step, i) => {
        expect(step).toBeCloseTo(plain[k]![i]! * factor, 6)
      })
    }
  })

  it('multiply decay, also that of parameters that would not', () => {
    const still = (list: Parameters<typeof groups>[0]) => {
      const tensors = start()
      const optimizer = chain(groups(list), adamw(0.1, { weightDecay: 0.5 }))
      new Updater({ optimizer, parameters, tensors }).run(0, {})
      return parameters.map(
        (info) => Number(tensors.get(info.name)!.data[0]) / Number(noise(info.name, info).data[0]),
      )
    }
    const expected = [
      [[{ match: '*', rate: 1 }], [0.95, 1, 0.95]],
      [[{ match: 'head.weight', decay: 0 }], [0.95, 1, 1]],
      [[{ match: '*.bias', decay: 1 }], [0.95, 0.95, 0.95]],
      [[{ match: 'features.*', decay: 0.5, rate: 0.1 }], [0.9975, 0.9975, 0.95]],
      [
        [
          { match: '*', decay: 0 },
          { match: 'head*', decay: 2 },
        ],
        [1, 1, 0.9],
      ],
    ] as const
    for (const [list, ratios] of expected) {
      still(list).forEach((ratio, i) => {
        expect(ratio).toBeCloseTo(ratios[i]!, 5)
      })
    }
  })

  it('freeze: no gradient, no state, no change, no part in the global norm', () => {
    const frozen = trained([{ match: 'features.*', freeze: true }], chain(clipByGlobalNorm(1), adam(0.01)))
    expect([...frozen.updater.gradients.keys()]).toEqual(['head.weight'])
    expect([...frozen.updater.state.keys()].filter((name) => name.includes('features'))).toEqual([])
    for (const name of ['features.weight', 'features.bias']) {
      expect(frozen.tensors.get(name)!.data).toEqual(start().get(name)!.data)
    }
    const alone = { optimizer: chain(clipByGlobalNorm(1), adam(0.01)), parameters: parameters.slice(2) }
    const tensors = start()
    const updater = new Updater({ ...alone, tensors })
    for (let step = 0; step < 3; step++) {
      fill(updater, step)
      updater.run(step, {})
    }
    expect(frozen.tensors.get('head.weight')!.data).toEqual(tensors.get('head.weight')!.data)
  })

  it('let a later group take back what an earlier one says', () => {
    const list = [
      { match: '*', freeze: true },
      { match: 'head.*', freeze: false },
    ]
    expect([...trained(list, sgd(0.1)).updater.gradients.keys()]).toEqual(['head.weight'])
  })

  const wrong: [string, () => unknown, string][] = [
    [
      'a pattern that matches nothing',
      () => trained([{ match: 'feature.*', rate: 0.1 }], adam()),
      'groups: no parameter matches "feature.*"\n  the model has features.weight, features.bias, head.weight',
    ],
    [
      'everything frozen',
      () => trained([{ match: '*', freeze: true }], adam()),
      'adam: all parameters are frozen, so there is nothing to train',
    ],
    [
      'nothing to train',
      () => checkOptimizer(adam(), []),
      'adam: the model has no parameters, so there is nothing to train\n  give it a layer with weights',
    ],
    [
      'rate 0',
      () => groups([{ match: 'fc.*', rate: 0 }]),
      'groups ("fc.*"): expected a factor of the rate above 0, got 0',
    ],
    [
      'a strength for a factor',
      () => groups([{ match: '*', decay: 5e-4 }]),
      "expected a factor of the chain's decay, 0 or at least 0.01, got 0.0005",
    ],
    [
      'a misspelled setting',
      () => groups([{ match: '*', frezze: true } as never]),
      'unknown option of groups "frezze"; did you mean "freeze"?',
    ],
    [
      'no pattern',
      () => groups([{ rate: 1 } as never]),
      'groups: expected a pattern to match, got undefined',
    ],
  ]
  it.each(wrong)('%s fails', (_, make, message) => {
    expect(make).toThrow(message)
  })
})

describe('penalties are the gradients of what they say', () => {
  const at = [0.5, -2, 0, 3]
  const step = (link: Link) =>
    [...simulate(chain(link, byRate(1)), at, () => [0, 0, 0, 0], 1).p].map((x, i) => at[i]! - x)
  const near = (found: readonly number[], expected: readonly number[]) => {
    found.forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i]!, 6)
    })
  }

  it('L1', () => near(step(addL1(0.1)), [0.1, -0.1, 0, 0.1]))
  it('L2', () => near(step(addDecay(0.1)), [0.05, -0.2, 0, 0.3]))
  it('elastic net', () => near(step(addElasticNet(0.1, { l1: 0.25 })), [0.0625, -0.175, 0, 0.25]))
  it('by value', () =>
    near(
      [...simulate(chain(clipByValue(0.5), sgd(1)), [0, 0, 0], () => [2, -0.1, -7], 1).p],
      [-0.5, 0.1, 0.5],
    ))
})

describe('max-norm', () => {
  const lengths = ({ data, shape }: Tensor) => {
    const width = data.length / shape[0]!
    return Array.from({ length: shape[0]! }, (_, row) =>
      Math.hypot(...Array.from(data.slice(row * width, (row + 1) * width), Number)),
    )
  }

  it('keeps every unit within the limit after every step, and its direction', () => {
    const free = train(sgd(0.05), 1).tensors.get('features.weight')!
    let seen = 0
    train(chain(maxNorm(0.8), sgd(0.05)), 5, (tensors) => {
      const held = tensors.get('features.weight')!
      for (const length of lengths(held)) expect(length).toBeLessThanOrEqual(0.8 * (1 + 1e-6))
      if (seen++ > 0) return
      lengths(free).forEach((length, row) => {
        const scale = Math.min(1, 0.8 / length)
        expect(Number(held.data[row * 5])).toBeCloseTo(Number(free.data[row * 5]) * scale, 5)
      })
    })
  })

  it('has nothing to say of biases, nor of parameters that do not decay', () => {
    const bias = (optimizer: Optimizer, name: string) => train(optimizer, 1).tensors.get(name)!.data
    expect(bias(chain(maxNorm(0.01), sgd(0.05)), 'features.bias')).toEqual(bias(sgd(0.05), 'features.bias'))
    const spared = chain(maxNorm(0.01), groups([{ match: 'head.*', decay: 0 }]), sgd(0.05))
    expect(bias(spared, 'head.weight')).toEqual(bias(sgd(0.05), 'head.weight'))
  })
})

describe('bad options', () => {
  const cases: [string, () => unknown, string][] = [
    ['norm 0', () => clipByGlobalNorm(0), 'clipByGlobalNorm: expected a norm above 0, got 0'],
    ['value NaN', () => clipByValue(Number.NaN), 'clipByValue: expected a limit above 0, got NaN'],
    [
      'a factor below 1',
      () => clipByRunningNorm({ factor: 0.5 }),
      'clipByRunningNorm: expected a factor of 1 or more, got 0.5',
    ],
    ['max-norm 0', () => maxNorm(0), 'maxNorm: expected a limit above 0, got 0'],
    [
      'a share above 1',
      () => addElasticNet(0.1, { l1: 2 }),
      'addElasticNet: expected a share of L1 in [0, 1], got 2',
    ],
  ]
  it.each(cases)('%s', (_, make, message) => {
    expect(make).toThrow(message)
  })
})
