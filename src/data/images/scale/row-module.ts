import { wasm } from '../../../core/index.ts'

const { instruction, moduleOf, type } = wasm
const { get, set, tee, int, addInts, lessUnsigned, repeatWhile, vector } = instruction
const { loadAnywhere, storeAnywhere, loadSplat, storeLane, loadInt, shuffle, bytes } = instruction

/** Weights are whole numbers; one is 2 to the power of this. */
export const weightBits = 14
/** Columns come in groups of so many. */
const columnGroup = 4

const vectorBytes = 16
const range = (length: number) => Array.from({ length }, (_, i) => i)

const widenLow = vector(0x89) // i16x8.extend_low_i8x16_u
const widenHigh = vector(0x8a)
const dot = vector(0xba) // i32x4.dot_i16x8_s
const add = vector(0xae) // i32x4.add
const shiftRight = vector(0xac) // i32x4.shr_s
const to16 = vector(0x85) // i16x8.narrow_i32x4_s
const to8 = vector(0x66) // i8x16.narrow_i16x8_u

const half = bytes([...new Uint8Array(new Int32Array(4).fill(1 << (weightBits - 1)).buffer)])
/** From sums of weighted bytes in 4 locals to 16 bytes, rounded. */
const toBytes = (sums: readonly number[]) => {
  const [a, b, c, d] = sums.map((sum) => [
    ...[...get(sum), ...half, ...add],
    ...[...int(weightBits), ...shiftRight],
  ])
  return [...a!, ...b!, ...to16, ...c!, ...d!, ...to16, ...to8]
}

// Parameters, and locals whose numbers do not depend on how many others there are.
const names = ['from', 'stride', 'length', 'weights', 'row', 'table', 'tableEnd', 'to', 'plane'] as const
const [from, stride, length, weights, row, table, tableEnd, to, plane] = names.map((_, i) => i) as [
  ...[number, number, number, number, number, number, number, number, number],
]
const position = names.length

/** Numbers of the other locals. */
function localsFor(taps: number) {
  const ints = taps // the position, and where each row but the first starts
  const first = position + ints
  const [a, b, ...sums] = range(6).map((k) => first + k) as [number, number, ...number[]]
  const pairs = range(taps / 2)
  return {
    ...{ ints, vectors: 6 + pairs.length, pairs, a, b, sums },
    rows: [from, ...range(taps - 1).map((k) => position + 1 + k)],
    pairWeights: pairs.map((pair) => first + 6 + pair),
  }
}

/**
 * A WebAssembly module that makes one row of a scaled picture. Its `loop(from, stride, length, weights, row, table, tableEnd, to,
 * plane)` adds up `taps` weighted rows of `length` bytes, the first at the address `from`, each `stride` bytes after the one
 * before, into bytes at `row`. Then, for each column in the table, it adds up as many weighted pixels of that row into a
 * byte of each plane: the first at `to`, each `plane` bytes after the one before.
 *
 * `weights` is where the weights of the rows are (int16). A column takes 4 + 2 * `taps` bytes of the table: where in the row its
 * first pixel lies (int32), and its weights (int16); there are a multiple of 4.
 *
 * It reads up to 32 bytes behind the rows, and writes up to 15 behind `row`: memory must go on there.
 * @param channels bytes of a pixel, and planes.
 * @param taps 4 or 8: pixels that one is made of, along an axis.
 */
export function rowModule(channels: 1 | 3, taps: 4 | 8): Uint8Array {
  const locals = localsFor(taps)
  return moduleOf({
    ...{ shared: false, params: names.map(() => type.i32), ints: locals.ints, vectors: locals.vectors },
    code: [...addRows(locals), ...addColumns(locals, channels, 4 + 2 * taps)],
  })
}

type Locals = ReturnType<typeof localsFor>

/** 16 bytes at a time. Two rows' bytes side by side are multiplied and added by one instruction. */
function addRows({ pairs, a, b, sums, rows, pairWeights }: Locals): number[] {
  const at = (k: number) => [...get(rows[k]!), ...get(position), ...addInts, ...loadAnywhere(0)]
  const beside = (first: number) => shuffle(range(8).flatMap((i) => [first + i, vectorBytes + first + i]))
  const parts = [0, 8].flatMap((first) => [widenLow, widenHigh].map((widen) => [...beside(first), ...widen]))
  const addPair = (pair: number) => [
    ...[...at(2 * pair), ...set(a), ...at(2 * pair + 1), ...set(b)],
    ...parts.flatMap((part, k) => [
      ...[...get(a), ...get(b), ...part, ...get(pairWeights[pair]!), ...dot],
      ...(pair === 0 ? [] : [...get(sums[k]!), ...add]),
      ...set(sums[k]!),
    ]),
  ]
  return [
    ...pairs.flatMap((pair) => [...get(weights), ...loadSplat(4 * pair), ...set(pairWeights[pair]!)]),
    ...rows.slice(1).flatMap((start, k) => [...get(rows[k]!), ...get(stride), ...addInts, ...set(start)]),
    ...repeatWhile([
      ...pairs.flatMap(addPair),
      ...[...get(row), ...get(position), ...addInts, ...toBytes(sums), ...storeAnywhere(0)],
      ...[...get(position), ...int(vectorBytes), ...addInts, ...tee(position)],
      ...[...get(length), ...lessUnsigned],
    ]),
  ]
}

/** A pixel at a time: a channel to a lane. Four of them are turned into bytes and stored together. */
function addColumns({ pairs, a, b, sums }: Locals, channels: number, columnBytes: number): number[] {
  const zero = bytes(Array(vectorBytes).fill(0))
  // Of the bytes of two pixels those of one channel side by side, each made 16 bits wide by a 0.
  const beside = shuffle(
    range(4).flatMap((lane) =>
      lane < channels ? [lane, vectorBytes, channels + lane, vectorBytes] : Array(4).fill(vectorBytes),
    ),
  )
  const column = (k: number) => [
    ...pairs.flatMap((pair) => [
      ...[...get(row), ...get(table), ...loadInt(k * columnBytes), ...addInts],
      ...[...loadAnywhere(2 * pair * channels), ...zero, ...beside],
      ...[...get(table), ...loadSplat(k * columnBytes + 4 + 4 * pair), ...dot],
      ...(pair === 0 ? [] : add),
    ]),
    ...set(sums[k]!),
  ]
  // From a vector of 4 pixels to one of 4 channels.
  const byChannel = shuffle(range(4).flatMap((lane) => range(4).map((k) => 4 * k + lane)))
  return repeatWhile([
    ...range(columnGroup).flatMap(column),
    ...[...toBytes(sums), ...get(a), ...byChannel, ...set(b)],
    ...[...get(to), ...set(position)],
    ...range(channels).flatMap((lane) => [
      ...[...get(position), ...get(b), ...storeLane(0, lane)],
      ...[...get(position), ...get(plane), ...addInts, ...set(position)],
    ]),
    ...[...get(to), ...int(columnGroup), ...addInts, ...set(to)],
    ...[...get(table), ...int(columnGroup * columnBytes), ...addInts, ...tee(table)],
    ...[...get(tableEnd), ...lessUnsigned],
  ])
}
