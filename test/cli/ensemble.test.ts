import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { failureOf, inProcess, temporaryFolder } from './support.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

const gradus = inProcess()

beforeAll(async () => {
  for (const seed of ['0', '1'])
    await gradus('train', 'digits', '--max-steps', '20', '--seed', seed, '--json', '--out', at(`run${seed}`))
})

describe('gradus ensemble', () => {
  it('makes one file of several runs, that is evaluated as a model is', async () => {
    const text = await gradus('ensemble', at('run0'), at('run1/model.onnx'), '--out', at('both.onnx'))
    const { length } = readFileSync(at('both.onnx'))
    expect(text).toBe(`${at('both.onnx')}   2 networks, ${length.toLocaleString('en-US')} bytes\n`)
    const lossOf = async (name: string) => JSON.parse(await gradus('evaluate', at(name), '--json')).loss
    const [both, first, second] = [await lossOf('both.onnx'), await lossOf('run0'), await lossOf('run1')]
    expect(both).toBeLessThan((first + second) / 2)
  })

  it('prints one JSON object', async () => {
    const found = JSON.parse(
      await gradus('ensemble', at('run0'), at('run1'), '--out', at('new/both.onnx'), '--json'),
    )
    expect(found).toEqual({
      out: at('new/both.onnx'),
      bytes: readFileSync(at('new/both.onnx')).length,
      networks: [at('run0/model.onnx'), at('run1/model.onnx')],
    })
  })

  it('names the file that does not fit, and leaves nothing', async () => {
    writeFileSync(at('broken.onnx'), 'not a model')
    const failure = await failureOf('ensemble', at('run0'), at('broken.onnx'), '--out', at('none.onnx'))
    expect(failure).toContain(`error: ${at('broken.onnx')}: `)
    expect(await failureOf('ensemble', at('run0'), '--out', at('none.onnx'))).toContain(
      'error: ensemble: expected at least two networks, got 1',
    )
    expect(existsSync(at('none.onnx'))).toBe(false)
  })
})
