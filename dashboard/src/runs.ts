import { useEffect, useRef, useState } from 'preact/hooks'
import type { RunDetail, RunRow } from '../../src/serve/api.ts'
import { type Connection, openSource, type Source } from './source.ts'

/** A run that changes is asked for again no more often than this, in milliseconds. */
const PAUSE = 1000

export interface Runs {
  readonly folder: string
  readonly version: string
  /** Undefined until the first answer. */
  readonly rows: readonly RunRow[] | undefined
  readonly connection: Connection
  readonly details: ReadonlyMap<string, RunDetail>
}

/** The runs of the source, and all of those that are selected; kept up to date. */
export function useRuns(selected: readonly string[]): Runs {
  const source = useRef<Source>(undefined)
  source.current ??= openSource()
  const [about, setAbout] = useState({ folder: '', version: '' })
  const [rows, setRows] = useState<readonly RunRow[]>()
  const [connection, setConnection] = useState<Connection>('connecting')
  useEffect(
    () =>
      source.current!.open({
        list({ folder, version, runs }) {
          setAbout({ folder, version })
          setRows(runs)
        },
        changed: (changed, gone) => setRows((before) => merged(before ?? [], changed, gone)),
        connection: setConnection,
      }),
    [],
  )
  const details = useDetails(source.current, selected, rows)
  return { ...about, rows, connection, details }
}

/** New runs come first, the others stay where they are. */
function merged(before: readonly RunRow[], changed: readonly RunRow[], gone: readonly string[]): RunRow[] {
  const byId = new Map(changed.map((row) => [row.id, row]))
  const kept = before.filter(({ id }) => !gone.includes(id)).map((row) => byId.get(row.id) ?? row)
  const known = new Set(before.map(({ id }) => id))
  return [...changed.filter(({ id }) => !known.has(id)), ...kept]
}

/** Asks for the selected runs, and again for those whose row has changed. */
function useDetails(source: Source, selected: readonly string[], rows: readonly RunRow[] | undefined) {
  const [details, setDetails] = useState<ReadonlyMap<string, RunDetail>>(new Map())
  /** The row that each run was asked for with, and when. */
  const asked = useRef(new Map<string, { row: RunRow; at: number }>())
  /** Counts when it is time to look again. */
  const [tick, setTick] = useState(0)
  useEffect(() => {
    let next = Number.POSITIVE_INFINITY
    for (const id of selected) {
      const row = rows?.find((row) => row.id === id)
      const before = asked.current.get(id)
      if (!row || before?.row === row) continue
      const wait = before ? before.at + PAUSE - performance.now() : 0
      if (wait > 0) {
        next = Math.min(next, wait)
        continue
      }
      asked.current.set(id, { row, at: performance.now() })
      source.detail(id).then(
        (detail) => detail && setDetails((held) => new Map(held).set(id, detail)),
        () => asked.current.delete(id), // the server is gone, which the connection says
      )
    }
    if (!Number.isFinite(next)) return
    const timer = setTimeout(() => setTick((n) => n + 1), next)
    return () => clearTimeout(timer)
  }, [source, selected, rows, tick])
  return details
}
