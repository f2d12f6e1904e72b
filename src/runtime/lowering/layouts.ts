import { type Shape, sameShape } from '../../core/index.ts'
import type { Graph, Value } from '../../graph/index.ts'
import { cast, pad, reshape } from '../../ops/index.ts'
import { reorderInput, reorderOutput } from './kernels.ts'

/** A value of the new graph that stands for one of the old graph, in one of the layouts. */
export interface Placed {
  readonly plain?: Value
  readonly blocked?: Value
  readonly turned?: Value
}

/**
 * What stands for the old graph's values in the new one, in the ordinary layout, in the blocked one, and in the turned one; the
 * others are made when somebody asks for them, once.
 *
 * The turned layout is the blocked one with a block of images in the place of a block of channels, [N / block, C, H, W, block].
 * The kernels take it for N / block images of C block channels, and that is the shape it has here.
 */
export class Layouts {
  /** Channels per block. */
  readonly block: number
  readonly #plain = new Map<Value, Value>()
  readonly #blocked = new Map<Value, Value>()
  readonly #turned = new Map<Value, Value>()
  readonly #made = new Map<string, Value>()
  readonly #uses = new Map<Value, number>()
  readonly #ids = new Map<Value, number>()

  constructor(graph: Graph, block: number) {
    this.block = block
    const count = (value: Value | undefined) =>
      value && this.#uses.set(value, (this.#uses.get(value) ?? 0) + 1)
    for (const node of graph.nodes) node.inputs.forEach(count)
    graph.outputs.forEach(count)
  }

  place(value: Value, { plain, blocked, turned }: Placed): void {
    if (plain) this.#plain.set(value, plain)
    if (blocked) this.#blocked.set(value, blocked)
    if (turned) this.#turned.set(value, turned)
  }

  /** The value in the ordinary layout. */
  plain(value: Value): Value {
    const known = this.#plain.get(value)
    if (known) return known
    const [blocked, turned] = [this.#blocked.get(value), this.#turned.get(value)]
    const made = blocked ? ordinaryLayout(blocked) : turned ? this.#turnedBack(turned, value.shape) : value
    this.#plain.set(value, made)
    return made
  }

  /** The value in the blocked layout; only for those that {@link canBlock}. */
  blocked(value: Value): Value {
    const known = this.#blocked.get(value)
    if (known) return known
    const made = reorderInput(this.plain(value))
    this.#blocked.set(value, made)
    return made
  }

  /** The value in the blocked layout, with channels of zeros behind its own up to a whole block. */
  blockedWhole(value: Value): Value {
    if (this.canBlock(value)) return this.blocked(value)
    const channels = value.shape[1]!
    const none = [0, 0] as const
    return this.once('whole blocks', [value], () =>
      reorderInput(pad(this.plain(value), [none, [0, this.whole(channels) - channels], none, none])),
    )
  }

  /** The first `channels` of blocked images: as they are if there are no others, else in the ordinary layout. */
  only(blocked: Value, channels: number): Placed {
    return blocked.shape[1] === channels ? { blocked } : { plain: reorderOutput(blocked, channels) }
  }

  /** The value in the turned layout; only for those that {@link canTurn}. */
  turned(value: Value): Value {
    const known = this.#turned.get(value)
    if (known) return known
    const blocks = reorderInput(reshape(this.plain(value), this.#imageBlocks(value.shape)))
    const made = reshape(blocks, this.turnedShape(value.shape))
    this.#turned.set(value, made)
    return made
  }

  #turnedBack(turned: Value, shape: Shape): Value {
    return reshape(ordinaryLayout(reshape(turned, this.#imageBlocks(shape))), shape)
  }

  /** Images as channels, all their numbers as places: [N / block, block, 1, C H W]. */
  #imageBlocks([n, c, h, w]: Shape): number[] {
    return [n! / this.block, this.block, 1, c! * h! * w!]
  }

  /** Images [N, C, H, W] as the kernels see them in the turned layout: [N / block, C block, H, W]. */
  turnedShape([n, c, h, w]: Shape): number[] {
    return [n! / this.block, c! * this.block, h!, w!]
  }

  /** Whether the value is there in the blocked layout already. */
  isBlocked(value: Value): boolean {
    return this.#blocked.has(value)
  }

  /** Whether the value is there in the turned layout already. */
  isTurned(value: Value): boolean {
    return this.#turned.has(value)
  }

  /** Whether the value can have the turned layout: float32 [N, C, H, W] with whole blocks of images. */
  canTurn(value: Value): boolean {
    const { dtype, shape } = value
    return this.isTurned(value) || (dtype === 'float32' && shape.length === 4 && this.fits(shape[0]!))
  }

  /** Whether the value can have the blocked layout: float32 [N, C, H, W] with whole blocks of channels. */
  canBlock(value: Value): boolean {
    const { dtype, shape } = value
    return this.isBlocked(value) || (dtype === 'float32' && shape.length === 4 && this.fits(shape[1]!))
  }

  /** So many channels and those that lack to a whole block. */
  whole(channels: number): number {
    return Math.ceil(channels / this.block) * this.block
  }

  /**
   * Whether a weight [O, I, ...] of no groups is to be filled up with zeros to whole blocks of both: what these cost must be less than
   * changing to the ordinary layout and back.
   */
  mustFill([o, i]: readonly number[], group: number): boolean {
    const isWhole = this.fits(o!) && this.fits(i!)
    if (group !== 1 || isWhole || Math.min(o!, i!) < this.block) return false
    return this.whole(o!) * this.whole(i!) <= 1.5 * o! * i!
  }

  /** Whether so many channels, or images, are whole blocks. */
  fits(count: number): boolean {
    return count > 0 && count % this.block === 0
  }

  /** Whether the value is used once in the old graph. */
  usedOnce(value: Value): boolean {
    return this.#uses.get(value) === 1
  }

  /** What `make` gives, made once for the same `what` and values of the old graph. */
  once(what: string, values: readonly Value[], make: () => Value): Value {
    const key = `${what}:${values.map((value) => this.#idOf(value)).join()}`
    const known = this.#made.get(key) ?? make()
    this.#made.set(key, known)
    return known
  }

  #idOf(value: Value): number {
    const id = this.#ids.get(value) ?? this.#ids.size
    this.#ids.set(value, id)
    return id
  }
}

/** The kernel that changes the layout back takes float32 only; what compares blocked images gives bools. */
const ordinaryLayout = (blocked: Value): Value =>
  blocked.dtype === 'float32'
    ? reorderOutput(blocked)
    : cast(reorderOutput(cast(blocked, 'float32')), blocked.dtype)

/** Whether a value is one number per image and channel, [N, C, 1, 1], next to images of shape [N, C, H, W]. */
export const isPerImage = (value: Value, [n, c]: readonly number[]): boolean =>
  sameShape(value.shape, [n!, c!, 1, 1])
