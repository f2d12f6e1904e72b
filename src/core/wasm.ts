/**
 * WebAssembly modules made of bytes, for loops over vectors: what JavaScript does one number at a time they do 4 to 16 at
 * once, on memory that several threads or a native library may share.
 */

/** What we use of the WebAssembly API, which TypeScript declares only together with the browser's DOM. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> }
  readonly Memory: new (size: { initial: number; maximum: number; shared?: boolean }) => Memory
}

/** Memory that WebAssembly works on; typed arrays can view its buffer, a SharedArrayBuffer where threads share it. */
export interface Memory {
  readonly buffer: ArrayBufferLike
  /** Adds pages of 64 KiB; a buffer that was taken before, if it is not shared, has no bytes then. */
  grow(pages: number): number
}

/** Pages that 32-bit addresses reach: 4 GiB. */
export const mostPages = 65536

export const { Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly

/** Codes of WebAssembly's value types. */
export const type = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const

/** An unsigned integer as WebAssembly writes it: 7 bits a byte, low ones first. */
function leb(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const low = rest & 0x7f
    rest >>>= 7
    bytes.push(rest ? low | 0x80 : low)
  } while (rest)
  return bytes
}

/** A signed integer of 32 bits, the same way. */
function signedLeb(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; ) {
    const low = rest & 0x7f
    rest >>= 7
    const isLast = rest === (low & 0x40 ? -1 : 0)
    bytes.push(isLast ? low : low | 0x80)
    if (isLast) return bytes
  }
}

const sized = (content: readonly number[]) => [...leb(content.length), ...content]

/** The instructions that we use, as bytes. WebAssembly works on a stack: operands are pushed before an operator. */
export const instruction = {
  get: (local: number) => [0x20, ...leb(local)],
  set: (local: number) => [0x21, ...leb(local)],
  /** Repeats `body`, which leaves on the stack whether to go on. */
  repeatWhile: (body: readonly number[]) => [0x03, 0x40, ...body, 0x0d, 0x00, 0x0b],
  /** Sets a local and leaves the value on the stack. */
  tee: (local: number) => [0x22, ...leb(local)],
  /** An i32 constant. */
  int: (value: number) => [0x41, ...signedLeb(value)],
  addInts: [0x6a],
  lessUnsigned: [0x49],
  /** The i32 at the address on the stack plus `offset`, a multiple of 4. */
  loadInt: (offset: number) => [0x28, 0x02, ...leb(offset)],
  /** A float32 constant in all four lanes. */
  floats: (value: number) => [0x43, ...new Uint8Array(new Float32Array([value]).buffer), 0xfd, 0x13],
  /** The float32 on the stack in all four lanes. */
  splat: [0xfd, 0x13],
  /** The vector at the address on the stack plus `offset`; it should be a multiple of 16. */
  load: (offset: number) => [0xfd, 0x00, 0x04, ...leb(offset)],
  /** Writes the vector on the stack to the address below it plus `offset`. */
  store: (offset: number) => [0xfd, 0x0b, 0x04, ...leb(offset)],
  /** A constant vector, of 16 bytes. */
  bytes: (values: readonly number[]) => [0xfd, 0x0c, ...values],
  /** Takes 16 bytes out of the 32 of the two vectors on the stack. */
  shuffle: (lanes: readonly number[]) => [0xfd, 0x0d, ...lanes],
  /** The 4 bytes at the address on the stack plus `offset`, four times. */
  loadSplat: (offset: number) => [0xfd, 0x09, 0x00, ...leb(offset)],
  /** Writes 4 bytes, of that lane of the vector on the stack, to the address below it plus `offset`. */
  storeLane: (offset: number, lane: number) => [0xfd, 0x5a, 0x00, ...leb(offset), lane],
  /** The vector at the address on the stack plus `offset`, which may be any. */
  loadAnywhere: (offset: number) => [0xfd, 0x00, 0x00, ...leb(offset)],
  /** Writes the vector on the stack to the address below it plus `offset`, which may be any. */
  storeAnywhere: (offset: number) => [0xfd, 0x0b, 0x00, ...leb(offset)],
  /** An operator on vectors, by its number behind the prefix. */
  vector: (code: number) => [0xfd, ...leb(code)],
}

/**
 * A WebAssembly module with one function without results, exported as `loop`, that works on the memory `host.memory` of any
 * size.
 */
export function moduleOf(loop: {
  /** Whether threads share the memory: a module is for one kind only. */
  readonly shared: boolean
  readonly params: readonly number[]
  /** Locals after the parameters: so many i32 (default 1), then so many vectors. */
  readonly ints?: number
  readonly vectors: number
  readonly code: readonly number[]
}): Uint8Array {
  const section = (id: number, content: readonly number[]) => [id, ...sized(content)]
  const locals = [0x02, ...leb(loop.ints ?? 1), type.i32, ...leb(loop.vectors), type.v128]
  const anySize = loop.shared ? [0x03, 0x00, ...leb(mostPages)] : [0x00, 0x00]
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // '\0asm', version 1
    ...section(1, [0x01, 0x60, ...sized(loop.params), 0x00]), // one type: params -> nothing
    ...section(2, [0x01, ...text('host'), ...text('memory'), 0x02, ...anySize]), // one import: a memory
    ...section(3, [0x01, 0x00]), // one function, of type 0
    ...section(7, [0x01, ...text('loop'), 0x00, 0x00]),
    ...section(10, [0x01, ...sized([...locals, ...loop.code, 0x0b])]),
  ])
}

const text = (name: string) => sized([...new TextEncoder().encode(name)])
