import { ensure, GradusError } from '../../core/index.ts'
import { again, type FileBytes, grouped } from '../files.ts'
import { PickleStack } from './pickle-stack.ts'

/** An array of bytes in a pickle, row-major. */
export interface PickledArray {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/** What the pickles of data sets hold. Texts are those of Python 2: a character for each byte. */
export type Pickled = null | boolean | number | string | PickledArray | Pickled[] | Map<string, Pickled>

/** The bytes of a pickle, one after another. */
export interface PickleBytes {
  byte(): number
  uint16(): number
  int32(): number
  take(count: number): Uint8Array
  /** Up to the end of the line. */
  line(): string
}

const PROTOCOL = 0x80
const STOP = 0x2e

type Instruction = (stack: PickleStack, bytes: PickleBytes) => void

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** All that a pickle may do here, by the byte that asks for it. */
const instructions: ReadonlyMap<string, Instruction> = new Map<string, Instruction>([
  ['N', (stack) => stack.push(null)],
  ['\x88', (stack) => stack.push(true)],
  ['\x89', (stack) => stack.push(false)],
  ['K', (stack, bytes) => stack.push(bytes.byte())],
  ['M', (stack, bytes) => stack.push(bytes.uint16())],
  ['J', (stack, bytes) => stack.push(bytes.int32())],
  ['U', (stack, bytes) => stack.push(bytes.take(bytes.byte()))],
  ['T', (stack, bytes) => stack.push(bytes.take(bytes.int32()))],
  ['X', (stack, bytes) => stack.push(bytes.take(bytes.int32()))],
  ['(', (stack) => stack.mark()],
  ['}', (stack) => stack.push(new Map())],
  [']', (stack) => stack.push([])],
  [')', (stack) => stack.tuple(0)],
  ['\x85', (stack) => stack.tuple(1)],
  ['\x86', (stack) => stack.tuple(2)],
  ['\x87', (stack) => stack.tuple(3)],
  ['t', (stack) => stack.tuple()],
  ['a', (stack) => stack.append(1)],
  ['e', (stack) => stack.append()],
  ['s', (stack) => stack.setItems(2)],
  ['u', (stack) => stack.setItems()],
  ['q', (stack, bytes) => stack.remember(bytes.byte())],
  ['r', (stack, bytes) => stack.remember(bytes.int32())],
  ['h', (stack, bytes) => stack.recall(bytes.byte())],
  ['j', (stack, bytes) => stack.recall(bytes.int32())],
  ['c', (stack, bytes) => stack.global(`${bytes.line()} ${bytes.line()}`)],
  ['R', (stack) => stack.reduce()],
  ['b', (stack) => stack.build()],
])

/**
 * Reads a pickle of protocol 2 as the CIFAR data sets have them: dictionaries, lists, numbers, byte strings and NumPy arrays
 * of bytes. A pickle is a program; this knows the few instructions that such data needs, and refuses all others. Nothing
 * that a file names is ever called.
 * Source: Lib/pickletools.py of CPython, which describes each instruction.
 * @throws if it is cut off or damaged, or holds anything else.
 */
export function parsePickle(file: FileBytes): Pickled {
  const { path } = file
  let at = 0
  const bytes = bytesOf(file, (count) => {
    at += count
    return at - count
  })
  const stack = new PickleStack()
  try {
    ensure(
      bytes.byte() === PROTOCOL && bytes.byte() === 2,
      'expected a pickle of protocol 2, as CIFAR has them',
    )
    for (let code = bytes.byte(); code !== STOP; code = bytes.byte()) {
      const name = String.fromCharCode(code)
      const run = instructions.get(name)
      ensure(
        run,
        `expected an instruction that makes data, found ${JSON.stringify(name)}, which is not allowed here`,
      )
      run(stack, bytes)
    }
    ensure(at === file.bytes.length, `expected the end, found ${grouped(file.bytes.length - at)} more bytes`)
    return stack.result(file.bytes.length)
  } catch (cause) {
    if (!(cause instanceof GradusError)) throw cause
    throw new GradusError(`${path}, byte ${grouped(at)}: ${cause.message}`, [again], { cause })
  }
}

/** @param advance tells how far the bytes have been read, and goes on by so many. */
function bytesOf({ bytes }: FileBytes, advance: (count: number) => number): PickleBytes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const next = (count: number): number => {
    const at = advance(0)
    ensure(
      count >= 0 && at + count <= bytes.length,
      `the pickle is cut off: expected ${grouped(count)} more bytes`,
    )
    return advance(count)
  }
  return {
    byte: () => view.getUint8(next(1)),
    uint16: () => view.getUint16(next(2), true),
    int32: () => view.getInt32(next(4), true),
    take: (count) => {
      const at = next(count)
      return bytes.subarray(at, at + count)
    },
    line: () => {
      const at = advance(0)
      const end = bytes.indexOf(0x0a, at)
      ensure(end >= 0 && end - at < 100, 'expected a name')
      return latin1(bytes.subarray(at, next(end - at + 1) + end - at))
    },
  }
}
