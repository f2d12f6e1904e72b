import { type DType, dtypes } from './dtype.ts'
import { ensure, GradusError } from './errors.ts'
import { brief, isJsonObject, type JsonObject, parseJson } from './json.ts'
import { sizeOf } from './shape.ts'
import { bytesOf, type Tensor, tensor } from './tensor.ts'

/** What a safetensors file holds: named tensors, and a map of texts. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly metadata: ReadonlyMap<string, string>
}

/** The names that the format gives to dtypes. */
const codes: Readonly<Record<DType, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  int64: 'I64',
  int32: 'I32',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
}
const dtypeOfCode = new Map(Object.entries(codes).map(([dtype, code]) => [code, dtype as DType]))

const METADATA = '__metadata__'
/** The limit of the format's reference implementation: a header beyond it is damaged or hostile. */
const MAX_HEADER_BYTES = 100_000_000

/**
 * A safetensors file in pieces, to be written one after the other: the header, then the tensors' own bytes (no copy).
 * Wide dtypes come first, so that every tensor is aligned to its element size without holes between them.
 *
 * Source: the format's description at https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array[] {
  ensure(!tensors.has(METADATA), `a tensor cannot be named "${METADATA}": safetensors keeps texts under it`)
  const width = (item: Tensor) => dtypes[item.dtype].bytes
  const stored = [...tensors].sort(([, a], [, b]) => width(b) - width(a))
  const offsets = new Map<string, readonly [begin: number, end: number]>()
  let at = 0
  for (const [name, item] of stored) {
    const end = at + sizeOf(item.shape) * width(item)
    offsets.set(name, [at, end])
    at = end
  }

  // Joined by hand: an object would reorder names such as "0", and lose "__proto__".
  const entries = [...tensors].map(([name, item]) => {
    const entry = { dtype: codes[item.dtype], shape: item.shape, data_offsets: offsets.get(name) }
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`
  })
  if (metadata.size > 0) entries.unshift(`"${METADATA}":${stringifyTexts(metadata)}`)
  return [encodeHeader(`{${entries.join(',')}}`), ...stored.map(([, item]) => bytesOf(item))]
}

const stringifyTexts = (texts: ReadonlyMap<string, string>): string =>
  `{${[...texts].map(([key, text]) => `${JSON.stringify(key)}:${JSON.stringify(text)}`).join(',')}}`

/** Length and text; spaces fill up to a multiple of 8, so that the data after it is aligned. */
function encodeHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json)
  const length = Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(8 + length).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(text, 8)
  return bytes
}

/**
 * Reads the bytes of a safetensors file; `where` names it in errors.
 * The tensors are views of `bytes` where their alignment allows, and copies otherwise.
 * @throws if the bytes are truncated, the header is no JSON or too long, a dtype is unknown, or the tensors do not
 *   fill the data exactly, without gaps and overlaps.
 */
export function decodeSafetensors(bytes: Uint8Array, where: string): Safetensors {
  const { header, data } = splitHeader(bytes, where)
  const tensors = new Map<string, Tensor>()
  const ranges: Range[] = []
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) continue
    const what = `${where}: tensor "${name}"`
    const found = parseEntry(entry, what)
    const [begin, end] = found.range
    ensure(
      end <= data.length,
      `${what} ends at byte ${end}, but the file has ${data.length} bytes of data`,
      CUT,
    )
    ranges.push({ name, begin, end })
    tensors.set(name, view(data.subarray(begin, end), found, what))
  }
  checkCover(ranges, data.length, where)
  return { tensors, metadata: parseTexts(header[METADATA], where) }
}

const CUT = 'the file is cut off or damaged'

function splitHeader(bytes: Uint8Array, where: string): { header: JsonObject; data: Uint8Array } {
  const found = `found ${bytes.length} byte${bytes.length === 1 ? '' : 's'}`
  ensure(bytes.length >= 8, `${where}: expected a safetensors file of at least 8 bytes, ${found}`, CUT)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  ensure(
    length <= MAX_HEADER_BYTES,
    `${where}: expected a header of at most ${MAX_HEADER_BYTES} bytes, found the length ${length}`,
    'this is not a safetensors file, or it is damaged',
  )
  ensure(bytes.length >= 8 + length, `${where}: expected a header of ${length} bytes, ${found} in all`, CUT)
  const header = parseJson(decodeText(bytes.subarray(8, 8 + length), where), `${where}: header`)
  return { header, data: bytes.subarray(8 + length) }
}

function decodeText(bytes: Uint8Array, where: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new GradusError(`${where}: header: expected UTF-8 text`, [CUT], { cause })
  }
}

interface Entry {
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly range: readonly [begin: number, end: number]
}

function parseEntry(entry: unknown, what: string): Entry {
  ensure(isJsonObject(entry), `${what}: expected {dtype, shape, data_offsets}, found ${brief(entry)}`)
  const { dtype: code, shape, data_offsets: offsets } = entry
  const dtype = typeof code === 'string' ? dtypeOfCode.get(code) : undefined
  ensure(
    dtype,
    `${what}: dtype ${brief(code)} is not supported`,
    `supported: ${[...dtypeOfCode.keys()].join(', ')}`,
  )
  ensure(isCounts(shape), `${what}: expected a shape, found ${brief(shape)}`)
  ensure(isCounts(offsets), `${what}: expected data_offsets, found ${brief(offsets)}`)
  const [begin, end] = offsets
  const ordered = offsets.length === 2 && begin! <= end!
  ensure(ordered, `${what}: expected data_offsets [begin, end], found ${brief(offsets)}`)
  const bytes = sizeOf(shape) * dtypes[dtype].bytes
  const found = `found ${end! - begin!}`
  ensure(end! - begin! === bytes, `${what}: ${code} [${shape.join(', ')}] takes ${bytes} bytes, ${found}`)
  return { dtype, shape, range: [begin!, end!] }
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0)
}

function view(bytes: Uint8Array, { dtype, shape }: Entry, what: string): Tensor {
  const info = dtypes[dtype]
  const valid = dtype !== 'bool' || bytes.every((byte) => byte < 2)
  ensure(valid, `${what}: expected booleans (bytes 0 and 1), found other bytes`)
  const aligned = bytes.byteOffset % info.bytes === 0 ? bytes : new Uint8Array(bytes)
  const data = new info.array(aligned.buffer, aligned.byteOffset, bytes.length / info.bytes)
  return tensor(data, shape, dtype)
}

interface Range {
  readonly name: string
  readonly begin: number
  readonly end: number
}

/** The format forbids gaps and overlaps: then no two tensors share bytes, and nothing hides in a file. */
function checkCover(ranges: readonly Range[], length: number, where: string): void {
  let at = 0
  for (const { name, begin, end } of [...ranges].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const what = begin < at ? 'overlaps the tensor before it' : 'leaves a gap before it'
    ensure(begin === at, `${where}: tensor "${name}" ${what}: expected data from byte ${at}, found ${begin}`)
    at = end
  }
  ensure(at === length, `${where}: expected ${at} bytes of data, found ${length}`, 'the file is damaged')
}

function parseTexts(value: unknown, where: string): ReadonlyMap<string, string> {
  if (value === undefined) return new Map()
  const valid = isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string')
  ensure(valid, `${where}: expected ${METADATA} to map names to texts, found ${brief(value)}`)
  return new Map(Object.entries(value as Record<string, string>))
}
