import type { LiveMessage, RunDetail, RunList, RunRow } from '../../src/serve/api.ts'

/** How the page stands to its data: it hears of changes, the server is gone, or it is a report that holds all it shows. */
export type Connection = 'connecting' | 'live' | 'lost' | 'report'

export interface SourceEvents {
  /** The whole list. */
  list(list: RunList): void
  changed(rows: readonly RunRow[], gone: readonly string[]): void
  connection(state: Connection): void
}

/** Where the page has its data from. */
export interface Source {
  /** Says what there is, and goes on with what changes. @returns what ends it. */
  open(events: SourceEvents): () => void
  /** All of a run; undefined if it is gone. @throws if there is no answer. */
  detail(id: string): Promise<RunDetail | undefined>
}

/** The data that the page holds, if it is a report; otherwise the server that it came from. */
export function openSource(): Source {
  const held = document.getElementById('embedded')?.textContent
  return held ? embedded(JSON.parse(held)) : live()
}

function embedded({ list, details }: { list: RunList; details: RunDetail[] }): Source {
  return {
    open(events) {
      events.list(list)
      events.connection('report')
      return () => {}
    },
    detail: async (id) => details.find(({ row }) => row.id === id),
  }
}

function live(): Source {
  return {
    open(events) {
      const stream = new EventSource('api/live')
      // After a pause the server begins with the whole list again: anything may have happened.
      stream.onmessage = ({ data }) => {
        const message = JSON.parse(data) as LiveMessage
        events.connection('live')
        if ('list' in message) events.list(message.list)
        else events.changed(message.change.changed, message.change.gone)
      }
      stream.onerror = () => events.connection('lost')
      return () => stream.close()
    },
    async detail(id) {
      const answer = await fetch(`api/run?id=${encodeURIComponent(id)}`)
      return answer.ok ? ((await answer.json()) as RunDetail) : undefined
    },
  }
}
