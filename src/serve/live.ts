import type { ServerResponse } from 'node:http'
import type { LiveMessage } from './api.ts'
import type { RunLibrary } from './library.ts'

/** How often the folder is looked at while somebody watches, in milliseconds. */
const INTERVAL = 500
/** A comment so often keeps connections open that say nothing. */
const HEARTBEAT = 15_000

/** Tells every page that watches what changes, as server-sent events. Looks at the files only while there is one. */
export class Live {
  readonly #library: RunLibrary
  readonly #watchers = new Set<ServerResponse>()
  #timer: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  /** Up to which change of the library everybody was told. */
  #told = 0

  constructor(library: RunLibrary) {
    this.#library = library
  }

  /** Answers a request with the stream. */
  watch(response: ServerResponse): void {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    // Others are told first: the list that this one begins with has everything that was told so far, and nothing more.
    this.#look()
    response.write(`retry: 1000\n\n${message({ list: this.#library.list() })}`)
    this.#watchers.add(response)
    this.#timer ??= setInterval(() => this.#look(), INTERVAL)
    this.#heartbeat ??= setInterval(() => this.#send(': still here\n\n'), HEARTBEAT)
    response.on('close', () => {
      this.#watchers.delete(response)
      if (this.#watchers.size === 0) this.#rest()
    })
  }

  /** Ends all streams. */
  close(): void {
    this.#rest()
    for (const watcher of this.#watchers) watcher.end()
    this.#watchers.clear()
  }

  #look(): void {
    const { changed, gone, time } = this.#library.changes(this.#told)
    this.#told = time
    if (changed.length > 0 || gone.length > 0) this.#send(message({ change: { changed, gone } }))
  }

  #send(text: string): void {
    for (const watcher of this.#watchers) watcher.write(text)
  }

  #rest(): void {
    clearInterval(this.#timer)
    clearInterval(this.#heartbeat)
    this.#timer = this.#heartbeat = undefined
  }
}

const message = (content: LiveMessage) => `data: ${JSON.stringify(content)}\n\n`
