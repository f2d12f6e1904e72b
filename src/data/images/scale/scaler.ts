import type { wasm } from '../../../core/index.ts'
import type { PictureFormat } from '../picture-format.ts'
import type { Axis, axisOf } from './axis.ts'
import type { Placement } from './placement.ts'
import type { planesFrom } from './planes.ts'

/** What a scaler is made of. */
export interface ScalerParts {
  readonly axisOf: typeof axisOf
  readonly planesFrom: typeof planesFrom
  readonly Memory: typeof wasm.Memory
  readonly Instance: typeof wasm.Instance
  /** `rowModule(channels, taps)` by `channels,taps`. */
  readonly modules: Readonly<Record<string, object>>
  /** What a weight of 1 is. */
  readonly one: number
}

/** A picture that lies as interleaved bytes. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
}

/**
 * Scales a picture.
 * @param placement at most 4 pixels become one.
 * @param fill writes the picture's bytes, [height, width, channels], to where they are needed.
 * @returns planes [C, H, W] of the format: gray is repeated for each color, opacity is full.
 */
export type Scale = (
  picture: Pixels,
  placement: Placement,
  format: PictureFormat,
  fill: (room: Uint8Array) => void,
) => Uint8Array

/**
 * Makes a {@link Scale} with a memory of its own, as large as the largest picture so far.
 *
 * Threads get this function as text: it may use nothing from outside.
 */
export function makeScaler({ axisOf, planesFrom, Memory, Instance, modules, one }: ScalerParts): Scale {
  const pageBytes = 65536
  const memory = new Memory({ initial: 1, maximum: 65536 })
  const loops = new Map<string, (...numbers: number[]) => void>()
  const loopOf = (name: string) => {
    const loop = loops.get(name) ?? (new Instance(modules[name]!, { host: { memory } }).exports.loop as never)
    loops.set(name, loop)
    return loop
  }

  /** Addresses of regions of so many bytes, with room behind each. */
  const regions = (...sizes: number[]) => {
    let end = 0
    const addresses = sizes.map((size) => {
      const address = end
      end += Math.ceil((size + 48) / 16) * 16
      return address
    })
    const missing = Math.ceil((end - memory.buffer.byteLength) / pageBytes)
    if (missing > 0) memory.grow(missing)
    return addresses
  }

  /** The table of columns: where each begins in its row, and its weights; what is behind the last has none. */
  const writeColumns = (
    at: number,
    bytes: number,
    { starts, weights }: Axis,
    taps: number,
    channels: number,
  ) => {
    const [ints, shorts] = [new Int32Array(memory.buffer, at, bytes / 4), new Int16Array(memory.buffer)]
    ints.fill(0)
    for (let i = 0, next = at; i < starts.length; i++, next += 4 + 2 * taps) {
      ints[(next - at) >> 2] = (starts[i]! - starts[0]!) * channels
      for (let k = 0; k < taps; k++) shorts[(next >> 1) + 2 + k] = weights[i * taps + k]!
    }
  }

  return ({ width, height, channels }, placement, format, fill) => {
    const taps = Math.max(placement.x.scale, placement.y.scale) > 2 ? 8 : 4
    const columns = axisOf({ ...placement.x, size: width, taps, one })
    const rows = axisOf({ ...placement.y, size: height, taps, one })
    const [first, last] = [columns.starts[0]!, columns.starts.at(-1)!]
    const [stride, used] = [width * channels, (last - first + taps) * channels]
    const outRow = Math.ceil(placement.x.count / 4) * 4
    const tableBytes = outRow * (4 + 2 * taps)
    const plane = outRow * placement.y.count
    // What has no weight may lie behind the last row.
    const [source, table, rowWeights, row, planes] = regions(
      ...[(height + taps) * stride, tableBytes, rows.weights.byteLength, used + taps * channels, 3 * plane],
    ) as [number, number, number, number, number]
    fill(new Uint8Array(memory.buffer, source, height * stride))
    writeColumns(table, tableBytes, columns, taps, channels)
    new Int16Array(memory.buffer, rowWeights).set(rows.weights)
    const loop = loopOf(`${channels},${taps}`)
    for (let y = 0; y < placement.y.count; y++) {
      const from = source + rows.starts[y]! * stride + first * channels
      const weights = rowWeights + y * taps * 2
      loop(from, stride, used, weights, row, table, table + tableBytes, planes + y * outRow, plane)
    }
    const part = new Uint8Array(memory.buffer, planes, 3 * plane)
    return planesFrom(part, outRow, placement, channels, format)
  }
}
