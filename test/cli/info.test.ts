import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import { expect, it } from 'vitest'
import { describeModel, formatModel } from '../../src/cli/describe-model.ts'
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.ts'
import { temporaryFolder } from './support.ts'

const folder = temporaryFolder()

/** A file of another program: y = Relu(Forget(x w)), for images of any size if `dim` is `height`. */
function foreign(name: string, opset: bigint, opType: string, dim = 'batch'): string {
  const path = join(folder, name)
  const axes = [dim === 'batch' ? dim : 2, dim === 'batch' ? 3 : dim, 3]
  const sizes = axes.map((n) =>
    typeof n === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(n) } }
      : { value: { case: 'dimParam' as const, value: n } },
  )
  const weight = { name: 'w', dims: [3n, 2n], dataType: 1, floatData: [1, 2, 3, 4, 5, 6] }
  const model = create(ModelProtoSchema, {
    producerName: 'theirs',
    producerVersion: '2',
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      node: [
        { opType: 'MatMul', input: ['x', 'w'], output: ['m'] },
        { opType, input: ['m'], output: ['f'], name: 'forget' },
        { opType: 'Relu', input: ['f'], output: ['y'] },
      ],
      initializer: [weight],
      input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: sizes } } } }],
      output: [{ name: 'y', type: { tensorType: { elemType: 1 } } }],
    },
  })
  writeFileSync(path, toBinary(ModelProtoSchema, model))
  return path
}

it('a model with operators that Gradus does not have is listed, with what keeps it from being trained', () => {
  const model = describeModel(foreign('operators.onnx', 17n, 'Forget'))
  expect(formatModel(model).split('\n').slice(1)).toEqual([
    'inputs     x float32 [batch, 3, 3]',
    'outputs    y float32 ?',
    'operators  1 Forget, 1 MatMul, 1 Relu',
    'constants  6 numbers, 24 bytes',
    'training   not possible: the model uses something that Gradus does not support',
    '           operator Forget: node "forget"',
  ])
  expect(model).toMatchObject({ opset: 17, producer: 'theirs 2', constants: 6, constantBytes: 24 })
})

it('a model of an old opset is listed, with how to convert it', () => {
  const text = formatModel(describeModel(foreign('old.onnx', 9n, 'Tanh')))
  expect(text).toMatch(/^model +.*old\.onnx, \d+ bytes, by theirs 2, opset 9$/m)
  expect(text).toContain('training   not possible: the model uses opset 9, Gradus reads 13 to 21')
  expect(text).toMatch(/^ +convert it: onnx\.version_converter/m)
})

it('a model that is read is listed without that line', () => {
  const { unreadable, ...model } = describeModel(foreign('new.onnx', 17n, 'Tanh'))
  expect(unreadable).toBeUndefined()
  expect(model).toMatchObject({ operators: { MatMul: 1, Relu: 1, Tanh: 1 }, constants: 6, constantBytes: 24 })
  expect(formatModel(model)).not.toContain('training')
})

it('open sizes besides the batch are said to have been guessed', () => {
  const { unreadable } = describeModel(foreign('sizes.onnx', 17n, 'Forget', 'height'))
  expect(unreadable).toContain('sizes that the file leaves open were taken as 1')
})
