import { ensure } from '../../core/index.ts'
import type { Pickled, PickledArray } from './pickle.ts'

/** An array of bytes: it comes into being empty, and is filled later. */
class ArrayBox {
  content: PickledArray | undefined
}

/** A name that stands for a function of NumPy's; what it would do is done here. */
class Call {
  readonly name: 'reconstruct' | 'ndarray' | 'dtype'
  constructor(name: Call['name']) {
    this.name = name
  }
}

/** The type of bytes, the only one that the elements of an array may have. */
class ByteType {}

class Tuple {
  readonly items: readonly Item[]
  constructor(items: readonly Item[]) {
    this.items = items
  }
}

class Mark {}

type Item =
  | null
  | boolean
  | number
  | Uint8Array
  | Item[]
  | Map<string, Item>
  | Tuple
  | Call
  | ByteType
  | ArrayBox
  | Mark

/** Where NumPy keeps them, before version 2 and since. */
const CALLS: Readonly<Record<string, Call['name']>> = {
  'numpy.core.multiarray _reconstruct': 'reconstruct',
  'numpy._core.multiarray _reconstruct': 'reconstruct',
  'numpy ndarray': 'ndarray',
  'numpy dtype': 'dtype',
}

/** Nothing that a data set holds is nested deeper. */
const MAX_DEPTH = 8

/** The stack and the memory of a pickle's instructions. */
export class PickleStack {
  readonly #items: Item[] = []
  readonly #memory = new Map<number, Item>()

  push(item: Item): void {
    this.#items.push(item)
  }

  mark(): void {
    this.#items.push(new Mark())
  }

  /** Takes the last `count` items, or those down to the last mark. */
  #take(count?: number): Item[] {
    const from = count === undefined ? this.#lastMark() : this.#items.length - count
    ensure(from >= 0, 'expected more values before this instruction')
    const items = this.#items.splice(from)
    if (count === undefined) items.shift()
    ensure(!items.some((item) => item instanceof Mark), 'expected values, found a mark')
    return items
  }

  #lastMark(): number {
    return this.#items.findLastIndex((item) => item instanceof Mark)
  }

  #top(): Item | undefined {
    return this.#items.at(-1)
  }

  tuple(count?: number): void {
    this.push(new Tuple(this.#take(count)))
  }

  append(count?: number): void {
    const items = this.#take(count)
    const list = this.#top()
    ensure(Array.isArray(list), 'expected a list to append to')
    for (const item of items) list.push(item)
  }

  setItems(count?: number): void {
    const items = this.#take(count)
    const map = this.#top()
    ensure(map instanceof Map && items.length % 2 === 0, 'expected a dictionary, and keys with values')
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]
      ensure(key instanceof Uint8Array, 'expected texts as keys')
      map.set(textOf(key), items[i + 1]!)
    }
  }

  remember(key: number): void {
    const item = this.#top()
    ensure(item !== undefined && !(item instanceof Mark), 'expected a value to remember')
    this.#memory.set(key, item)
  }

  recall(key: number): void {
    const item = this.#memory.get(key)
    ensure(item !== undefined, `expected a value remembered under ${key}`)
    this.push(item)
  }

  global(name: string): void {
    const call = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined
    ensure(
      call,
      `expected arrays of NumPy, found ${JSON.stringify(name.slice(0, 60))}, which is not allowed here`,
    )
    this.push(new Call(call))
  }

  /** What would call a function with arguments: here the making of an array or a type, and nothing else. */
  reduce(): void {
    const [call, args] = this.#take(2)
    ensure(call instanceof Call && args instanceof Tuple, 'expected an array or its type to be made')
    if (call.name === 'dtype') {
      const [code] = args.items
      const isBytes = code instanceof Uint8Array && ['u1', '|u1'].includes(textOf(code))
      ensure(isBytes, 'expected an array of bytes, found one of another type')
      this.push(new ByteType())
      return
    }
    const [type] = args.items
    const isArray = call.name === 'reconstruct' && type instanceof Call && type.name === 'ndarray'
    ensure(isArray, 'expected an array of NumPy')
    this.push(new ArrayBox())
  }

  /** Fills an array with what was stored of it; a type of bytes needs no filling. */
  build(): void {
    const [state] = this.#take(1)
    const object = this.#top()
    ensure(state instanceof Tuple, 'expected what was stored of an array')
    if (object instanceof ByteType) return
    ensure(object instanceof ArrayBox && !object.content, 'expected an array to fill')
    const [, shape, type, fortran, data] = state.items
    const isWhole = shape instanceof Tuple && type instanceof ByteType && data instanceof Uint8Array
    ensure(isWhole && fortran === false, 'expected an array of bytes in row-major order')
    const axes = shape.items.map((n) => {
      ensure(typeof n === 'number' && n >= 0, 'expected the sizes of an array')
      return n
    })
    const size = axes.reduce((a, b) => a * b, 1)
    ensure(
      size === data.length,
      `expected ${size} bytes for an array of ${axes.join(' x ')}, found ${data.length}`,
    )
    object.content = { shape: axes, data }
  }

  /**
   * The one value that is left.
   * @param size of the pickle, in bytes: what is put in many places at once must not come to more than it could hold.
   */
  result(size: number): Pickled {
    ensure(this.#items.length === 1, `expected one value in the end, found ${this.#items.length}`)
    return plain(this.#items[0]!, { left: size }, 0)
  }
}

function plain(item: Item, budget: { left: number }, depth: number): Pickled {
  budget.left -= item instanceof Uint8Array ? item.length : 1
  ensure(depth < MAX_DEPTH && budget.left >= 0, 'expected lists that do not hold each other over and over')
  if (item === null || typeof item === 'boolean' || typeof item === 'number') return item
  if (item instanceof Uint8Array) return textOf(item)
  if (Array.isArray(item)) return item.map((one) => plain(one, budget, depth + 1))
  if (item instanceof Map) {
    return new Map([...item].map(([key, value]) => [key, plain(value, budget, depth + 1)]))
  }
  ensure(
    item instanceof ArrayBox && item.content,
    'expected numbers, texts, lists and arrays, found something else',
  )
  return item.content
}

/** The text of Python 2: a character for each byte. */
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
