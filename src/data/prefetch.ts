/**
 * Hands out what `source` makes, and makes the next while the last is in use. That hides the work of a step that runs on
 * other threads or on a GPU, and costs nothing otherwise.
 *
 * A source that has its items at once makes item k + 1 in the turn of the event loop after item k was handed out, when the
 * loop has started its step and awaits it. A source that waits for its items, such as files, is asked for item k + 1 before
 * item k is handed out: its reading then goes on during the step, even if that blocks this thread.
 *
 * An item holds until the next is asked for. An error of the source is thrown when its item is asked for.
 */
export async function* prefetch<T>(
  source: Iterable<T> | AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const waits = Symbol.asyncIterator in source
  const iterator = waits ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  const next = waits ? async () => iterator.next() : () => later(() => iterator.next())
  try {
    let current = await iterator.next()
    while (!current.done) {
      const following = next()
      following.catch(() => {}) // it is thrown below, unless the loop stops before it comes to that item
      yield current.value
      current = await following
    }
  } finally {
    await iterator.return?.()
  }
}

// A timer comes late by a millisecond or more, but browsers have nothing sooner that lets the step start first.
const defer: (callback: () => void) => void = globalThis.setImmediate ?? globalThis.setTimeout

const later = <T>(make: () => T | Promise<T>): Promise<T> =>
  new Promise<void>((resolve) => defer(() => resolve())).then(make)
