import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Random, type TypedArray } from '../../src/core/index.ts'
import { Graph, input } from '../../src/graph/index.ts'
import * as ops from '../../src/ops/index.ts'
import { adamw, scalarsAt, updateGraph } from '../../src/optim/index.ts'
import { allocateTogether, fuse, Team, type Work } from '../../src/runtime/index.ts'

const teams: Team[] = []
afterEach(() => {
  for (const team of teams.splice(0)) team.end()
})

/** A team whose threads have all started; `reset` undoes what it ran meanwhile. */
async function startedTeam(works: readonly Work[], threads: number, reset: () => void): Promise<Team> {
  const team = new Team(works, threads)
  teams.push(team)
  await vi.waitFor(
    () => {
      team.run(scalarsAt(optimizer, 0))
      expect(team.together).toBe(true)
    },
    { timeout: 20_000 },
  )
  reset()
  return team
}

const optimizer = adamw(0.01, { weightDecay: 0.1, decayOn: 'all' })
/** Around the edges of cache lines (16) and tiles (2048), and enough in all to lie in one memory. */
const sizes = [3, 70_001, 0, 16, 17, 2048, 15, 120_000]
const keys = ['p', 'g', 'state/scaleByAdam/mean', 'state/scaleByAdam/meanSquare']

/** Updates of arrays in one memory, and what fills them. */
function updates(shared: boolean) {
  const arrays = allocateTogether(
    sizes.flatMap((size) => keys.map(() => size)),
    shared,
  )
  const works = sizes.map((size, i): Work => {
    const graph = updateGraph(optimizer, { name: 'w', shape: [size], decay: true })
    const held = keys.map((key, k): [string, TypedArray] => [key, arrays[i * keys.length + k]!])
    return { loop: fuse(graph), arrays: Object.fromEntries(held), length: size }
  })
  const fill = () => {
    const random = new Random('team')
    for (const array of arrays) for (let i = 0; i < array.length; i++) array[i] = Math.abs(random.normal())
  }
  fill()
  return { works, arrays, fill }
}

describe('loops on several threads', () => {
  it.each([2, 3, 5])('give the same bits on %i', async (threads) => {
    const [alone, shared] = [updates(false), updates(true)]
    const team = await startedTeam(shared.works, threads, shared.fill)
    for (let step = 0; step < 3; step++) {
      const scalars = scalarsAt(optimizer, step)
      new Team(alone.works, 1).run(scalars)
      team.run(scalars)
    }
    expect(shared.arrays[0]!.buffer).toBeInstanceOf(SharedArrayBuffer)
    alone.arrays.forEach((array, i) => {
      expect(Buffer.compare(bytes(array), bytes(shared.arrays[i]!))).toBe(0)
    })
  })

  it('that other threads cannot run are run by this one', async () => {
    const [x, y] = [input('x', [4]), input('y', [4])]
    const [near, far] = [allocateTogether([300_000], true)[0]!, new Float32Array(100)]
    const double = fuse(new Graph([x], { x: ops.mul(x, 2) }))
    const exp = fuse(new Graph([y], { y: ops.exp(y) }))
    const works: Work[] = [
      { loop: double, arrays: { x: near }, length: near.length },
      { loop: double, arrays: { x: far }, length: far.length },
      { loop: exp, arrays: { y: near }, length: 0 },
      { loop: exp, arrays: { y: new Float32Array(3) }, length: 3 },
    ]
    const team = await startedTeam(works, 2, () => {
      for (const { arrays } of works)
        for (const array of Object.values(arrays)) (array as Float32Array).fill(1)
    })
    team.run({})
    expect([near, far].every((array) => array.every((value) => value === 2))).toBe(true)
    expect(works[3]!.arrays.y![2]).toBeCloseTo(Math.E, 6)
  })

  it('say which number is missing', async () => {
    const { works, fill } = updates(true)
    const team = await startedTeam(works, 2, fill)
    expect(() => team.run({})).toThrow(/fused loops: expected a number "\S+", got none/)
  })

  it('stay on one where there is nothing to share', () => {
    const { works } = updates(false)
    const team = new Team(works, 4)
    team.run(scalarsAt(optimizer, 0))
    expect(team.together).toBe(false)
  })

  it('start other threads again after they were ended', async () => {
    const { works, fill } = updates(true)
    const team = await startedTeam(works, 2, fill)
    team.end()
    expect(team.together).toBe(false)
    team.run(scalarsAt(optimizer, 0))
    await vi.waitFor(() => expect(team.together).toBe(true), { timeout: 20_000 })
  })
})

const bytes = ({ buffer, byteOffset, byteLength }: TypedArray) =>
  new Uint8Array(buffer, byteOffset, byteLength)

describe('a process with threads asleep', () => {
  const room = fileURLToPath(new URL('../../dist/runtime/index.js', import.meta.url))
  const program = (rest: string) => `
    import { allocateTogether, fuse, Team } from ${JSON.stringify(room)}
    import { Graph, input } from ${JSON.stringify(room.replace('runtime', 'graph'))}
    import { mul } from ${JSON.stringify(room.replace('runtime', 'ops'))}
    const x = input('x', [4])
    const [array] = allocateTogether([300_000], true)
    const loop = fuse(new Graph([x], { x: mul(x, 1) }))
    const team = new Team([{ loop, arrays: { x: array }, length: array.length }], 2)
    const until = Date.now() + 20_000
    while (!team.together && Date.now() < until) team.run({})
    console.log(team.together)
    ${rest}`
  const start = (rest: string) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program(rest)])
    child.stdout.setEncoding('utf8')
    child.stderr.pipe(process.stderr)
    return child
  }

  it('ends by itself, and needed no turn of the event loop to start them', async () => {
    const child = start('')
    const [[said], [code]] = await Promise.all([once(child.stdout, 'data'), once(child, 'exit')])
    expect([said, code]).toEqual(['true\n', 0])
  })

  it('ends on Ctrl-C', async () => {
    const child = start('setInterval(() => team.run({}), 1)')
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    expect((await once(child, 'exit'))[1]).toBe('SIGINT')
  })
})
