import { closeSync, existsSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { attempt } from '../run/file-error.ts'
import { maskedCrc32c } from './crc32c.ts'
import type { Picture } from './png.ts'
import { encodePng } from './png.ts'

/** A histogram as TensorBoard has it: counts between rising limits. */
export interface TensorboardHistogram {
  readonly min: number
  readonly max: number
  /** How many numbers, their sum and the sum of their squares. */
  readonly count: number
  readonly sum: number
  readonly sumOfSquares: number
  /** Upper ends of the bins. */
  readonly limits: readonly number[]
  readonly counts: readonly number[]
}

/** One value of a summary, under its tag. */
export type SummaryValue = { readonly tag: string } & (
  | { readonly scalar: number }
  | { readonly histogram: TensorboardHistogram }
  | { readonly picture: Picture }
)

/**
 * A TensorBoard event file: records of TFRecord, each an `Event` message.
 * Sources: tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto, tensorflow/core/lib/io/record_writer.cc
 */
export class EventFile {
  readonly path: string
  #file: number | undefined

  /**
   * Makes a new file in a folder. TensorBoard knows it by its name, and reads those of a folder in the order of their names.
   * @param milliseconds when the run began, or went on; goes into the name.
   */
  constructor(folder: string, milliseconds: number) {
    const seconds = String(Math.floor(milliseconds / 1000)).padStart(10, '0')
    const name = (number: number) => join(folder, `events.out.tfevents.${seconds}.gradus.${number}`)
    let number = 0
    while (existsSync(name(number))) number++
    this.path = name(number)
    attempt(`cannot make ${this.path}`, () => {
      this.#file = openSync(this.path, 'wx')
    })
    this.#write(
      eventMessage(milliseconds, 0, (event) =>
        event.tag(3, WireType.LengthDelimited).string('brain.Event:2'),
      ),
    )
  }

  /** Says that a run goes on here: TensorBoard forgets what it read of `step` and later. */
  restart(milliseconds: number, step: number): void {
    const START = 1
    const session = new BinaryWriter().tag(1, WireType.Varint).int32(START).finish()
    this.#write(
      eventMessage(milliseconds, step, (event) => event.tag(7, WireType.LengthDelimited).bytes(session)),
    )
  }

  /** Appends the values of a step. */
  add(milliseconds: number, step: number, values: readonly SummaryValue[]): void {
    if (values.length === 0) return
    const summary = new BinaryWriter()
    for (const value of values) summary.tag(1, WireType.LengthDelimited).bytes(valueMessage(value))
    this.#write(
      eventMessage(milliseconds, step, (event) =>
        event.tag(5, WireType.LengthDelimited).bytes(summary.finish()),
      ),
    )
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #write(message: Uint8Array): void {
    const record = frame(message)
    attempt(`cannot append to ${this.path}`, () => {
      this.#file ??= openSync(this.path, 'a')
      for (let at = 0; at < record.length; ) at += writeSync(this.#file, record, at)
    })
  }
}

/** A record of TFRecord: length, its checksum, the bytes, their checksum. */
function frame(bytes: Uint8Array): Buffer {
  const record = Buffer.alloc(16 + bytes.length)
  record.writeBigUInt64LE(BigInt(bytes.length), 0)
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, 8)), 8)
  record.set(bytes, 12)
  record.writeUInt32LE(maskedCrc32c(bytes), 12 + bytes.length)
  return record
}

function eventMessage(
  milliseconds: number,
  step: number,
  fill: (event: BinaryWriter) => BinaryWriter,
): Uint8Array {
  const event = new BinaryWriter().tag(1, WireType.Bit64).double(milliseconds / 1000)
  if (step !== 0) event.tag(2, WireType.Varint).int64(step)
  return fill(event).finish()
}

function valueMessage(value: SummaryValue): Uint8Array {
  const message = new BinaryWriter().tag(1, WireType.LengthDelimited).string(value.tag)
  if ('scalar' in value) return message.tag(2, WireType.Bit32).float(Math.fround(value.scalar)).finish()
  if ('picture' in value)
    return message.tag(4, WireType.LengthDelimited).bytes(pictureMessage(value.picture)).finish()
  return message.tag(5, WireType.LengthDelimited).bytes(histogramMessage(value.histogram)).finish()
}

function pictureMessage(picture: Picture): Uint8Array {
  const RGB = 3
  return new BinaryWriter()
    .tag(1, WireType.Varint)
    .int32(picture.height)
    .tag(2, WireType.Varint)
    .int32(picture.width)
    .tag(3, WireType.Varint)
    .int32(RGB)
    .tag(4, WireType.LengthDelimited)
    .bytes(encodePng(picture))
    .finish()
}

function histogramMessage(histogram: TensorboardHistogram): Uint8Array {
  const { min, max, count, sum, sumOfSquares, limits, counts } = histogram
  const message = new BinaryWriter()
  for (const [i, value] of [min, max, count, sum, sumOfSquares].entries())
    message.tag(i + 1, WireType.Bit64).double(value)
  message.tag(6, WireType.LengthDelimited).bytes(doubles(limits))
  return message.tag(7, WireType.LengthDelimited).bytes(doubles(counts)).finish()
}

/** Packed: one after the other. */
function doubles(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(8 * values.length)
  for (const [i, value] of values.entries()) bytes.writeDoubleLE(value, 8 * i)
  return bytes
}
