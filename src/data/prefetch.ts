/**
 * Hands out what `source` makes, and makes the next while the last is in use: batch k + 1 is made in the turn of the
 * event loop after batch k was handed out, when the loop has started its step and awaits it. That hides the work of a
 * step that runs on other threads or on a GPU, and costs nothing otherwise.
 *
 * An item holds until the next is asked for. An error of the source is thrown when its item is asked for.
 */
export async function* prefetch<T>(source: Iterable<T>): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.iterator]()
  try {
    let current = iterator.next()
    while (!current.done) {
      const following = later(() => iterator.next())
      following.catch(() => {}) // it is thrown below, unless the loop stops before it comes to that item
      yield current.value
      current = await following
    }
  } finally {
    iterator.return?.()
  }
}

// A timer comes late by a millisecond or more, but browsers have nothing sooner that lets the step start first.
const defer: (callback: () => void) => void = globalThis.setImmediate ?? globalThis.setTimeout

const later = <T>(make: () => T): Promise<T> =>
  new Promise<void>((resolve) => defer(() => resolve())).then(make)
