import { describe, expect, it } from 'vitest'
import {
  bytesOf,
  cloneTensor,
  dtypeFromOnnx,
  dtypes,
  numbersOf,
  tensor,
  zeros,
} from '../../src/core/index.ts'

describe('tensor', () => {
  it('uses the array that it is given, if it is of the dtype', () => {
    const data = Float32Array.of(1, 2)
    expect(tensor(data).data).toBe(data)
    expect(tensor(data, [2, 1], 'float64').data).toEqual(Float64Array.of(1, 2))
  })

  it('converts numbers to 64-bit integers and back', () => {
    const held = tensor([1, -2], [2], 'int64')
    expect(held.data).toEqual(BigInt64Array.of(1n, -2n))
    expect(numbersOf(held)).toEqual([1, -2])
  })

  it('refuses another number of elements', () => {
    expect(() => tensor([1, 2], [3])).toThrow('a tensor of shape [3] has 3 elements, got 2')
  })

  it('refuses nested arrays, and a dtype in the place of the shape', () => {
    expect(() => tensor([[1, 2]] as never)).toThrow('tensor: expected numbers one after another')
    expect(() => tensor([1, 2], 'int32' as never)).toThrow('expected a shape such as [2, 3], got "int32"')
    expect(() => tensor([1], [1], 'flaot32' as never)).toThrow(
      'unknown dtype "flaot32"; did you mean "float32"?',
    )
  })

  it('clones have storage of their own; bytes share it', () => {
    const held = zeros([2])
    const copy = cloneTensor(held)
    bytesOf(held).fill(255)
    expect(numbersOf(held)).toEqual([Number.NaN, Number.NaN])
    expect(numbersOf(copy)).toEqual([0, 0])
  })
})

it('dtypes have distinct codes in ONNX files', () => {
  for (const [name, { onnx }] of Object.entries(dtypes)) expect(dtypeFromOnnx(onnx, 'x')).toBe(name)
  expect(() => dtypeFromOnnx(14, 'input "x"')).toThrow('input "x": ONNX data type 14 is not supported')
})
