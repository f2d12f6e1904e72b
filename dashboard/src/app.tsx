import { useEffect, useMemo, useState } from 'preact/hooks'
import type { RunRow } from '../../src/serve/api.ts'
import { Header } from './header.tsx'
import { clip } from './line-option.ts'
import { Curves, Rate, Throughput } from './panels/curves.tsx'
import { Absent, RunFacts, RunFindings, RunPanels } from './run-panels.tsx'
import { RunTable } from './run-table.tsx'
import { useRuns } from './runs.ts'
import { useSelection } from './selection.ts'
import type { ShownRun } from './shown-run.ts'
import { InksContext, symbols, useTheme } from './theme.ts'

/** The whole page. */
export function App() {
  const { choice, choose, inks } = useTheme()
  const [selected, select] = useSelection()
  const { folder, rows, connection, details } = useRuns(selected)
  useEffect(() => {
    if (rows && rows.length > 0 && !rows.some(({ id }) => selected.includes(id))) select(firstOf(rows))
  }, [rows, selected, select])
  useEffect(() => {
    document.title = ['Gradus', ...selected.slice(0, 2)].join(' · ')
  }, [selected])
  const shown = useMemo(
    () =>
      selected.flatMap((id, i): ShownRun[] => {
        const detail = details.get(id)
        return detail ? [{ id, color: inks.runs[i]!, symbol: symbols[i]!, detail }] : []
      }),
    [selected, details, inks],
  )
  // Rows change all the time while runs train: the panels are drawn again only with what they show.
  const panels = useMemo(() => (shown.length > 0 ? <Shown runs={shown} /> : <Waiting />), [shown])
  const single = connection === 'report' && rows?.length === 1
  return (
    <InksContext.Provider value={inks}>
      <Header folder={folder} connection={connection} choice={choice} choose={choose} />
      <main id="main" tabIndex={-1}>
        {rows?.length === 0 && <Empty folder={folder} />}
        {rows && rows.length > 0 && !single && <RunTable rows={rows} selected={selected} select={select} />}
        {rows && rows.length > 0 && panels}
      </main>
    </InksContext.Provider>
  )
}

/** What is shown when nothing was chosen: the runs that train, or the newest. */
function firstOf(rows: readonly RunRow[]): string[] {
  const running = rows.filter(({ state }) => state === 'running').slice(0, 4)
  return (running.length > 0 ? running : rows.slice(0, 1)).map(({ id }) => id)
}

function Empty({ folder }: { readonly folder: string }) {
  return (
    <section class="empty">
      <h2>No runs in {folder}</h2>
      <p>Train something, and it appears here while it trains:</p>
      <pre>npx gradus train digits</pre>
    </section>
  )
}

/** Holds the place of the panels until the first answer. */
const Waiting = () => (
  <div class="panels" aria-busy="true">
    {[0, 1, 2, 3].map((i) => (
      <div class="panel placeholder" key={i} />
    ))}
  </div>
)

/** The panels of the selected runs: what can be compared side by side, then what belongs to one of them. */
function Shown({ runs }: { readonly runs: readonly ShownRun[] }) {
  const [wanted, setWanted] = useState<string>()
  const focus = runs.find(({ id }) => id === wanted) ?? runs[0]!
  const { detail } = focus
  const alone = runs.length === 1
  return (
    <>
      {alone && <Title run={focus} />}
      {alone && <RunFindings detail={detail} />}
      <div class="panels">
        <Curves runs={runs} />
        <Rate runs={runs} />
        <Throughput runs={runs} />
        {!alone && (
          <div class="wide">
            <Tabs runs={runs} focus={focus.id} setFocus={setWanted} />
            <RunFacts detail={detail} />
            <RunFindings detail={detail} />
          </div>
        )}
        <RunPanels key={focus.id} detail={detail} />
      </div>
      <Absent detail={detail} />
    </>
  )
}

function Title({ run: { id, detail } }: { readonly run: ShownRun }) {
  return (
    <section class="title" aria-label={id}>
      <h2 title={id}>{clip(id, 80)}</h2>
      <RunFacts detail={detail} />
    </section>
  )
}

interface TabsProps {
  readonly runs: readonly ShownRun[]
  readonly focus: string
  readonly setFocus: (id: string) => void
}

/** Which of the runs is looked into. */
function Tabs({ runs, focus, setFocus }: TabsProps) {
  return (
    <fieldset class="tabs">
      <legend>Look into</legend>
      {runs.map(({ id, color }) => (
        <label key={id} style={{ '--run': color }}>
          <input type="radio" name="focus" checked={id === focus} onChange={() => setFocus(id)} />
          <span>{clip(id, 40)}</span>
        </label>
      ))}
    </fieldset>
  )
}
