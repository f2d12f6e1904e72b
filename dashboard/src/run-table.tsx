import type { ComponentChildren } from 'preact'
import { useMemo, useState } from 'preact/hooks'
import type { RunRow } from '../../src/serve/api.ts'
import { Badge } from './badge.tsx'
import { count, duration, grouped, moment, percent, short } from './format.ts'
import { clip } from './line-option.ts'
import { Scroll } from './scroll.tsx'
import { MOST_SELECTED } from './selection.ts'
import { useInks } from './theme.ts'

interface Column {
  readonly name: string
  /** What it is sorted by; undefined sorts last. */
  readonly key: (row: RunRow) => number | string | undefined
  readonly cell: (row: RunRow) => ComponentChildren
  /** Left out where there is little room. */
  readonly minor?: boolean
  readonly text?: boolean
}

const share = (value: number | undefined) => (value === undefined ? '' : percent(value))

const columns: readonly Column[] = [
  { name: 'run', key: (row) => row.id, cell: (row) => clip(row.id, 60), text: true },
  { name: 'outcome', key: (row) => row.state, cell: (row) => <Badge state={row.state} />, text: true },
  { name: 'test acc.', key: (row) => row.testAccuracy, cell: (row) => share(row.testAccuracy) },
  { name: 'best acc.', key: (row) => row.accuracy, cell: (row) => share(row.accuracy) },
  {
    name: 'best loss',
    key: (row) => row.loss,
    cell: (row) => (row.loss === undefined ? '' : short(row.loss)),
  },
  {
    name: 'findings',
    key: (row) => 1000 * row.problems + row.warnings,
    cell: (row) => <Troubles {...row} />,
  },
  { name: 'epochs', key: (row) => row.epochs, cell: (row) => <Progress {...row} /> },
  {
    name: 'time',
    key: (row) => row.seconds,
    cell: (row) => (row.seconds === undefined ? '' : duration(row.seconds)),
  },
  { name: 'samples/s', key: (row) => row.samplesPerSecond, cell: (row) => (row.samplesPerSecond === undefined ? '' : grouped(Math.round(row.samplesPerSecond))), minor: true }, // biome-ignore format: a column a line
  { name: 'data', key: (row) => row.data, cell: (row) => clip(row.data ?? '', 24), text: true, minor: true },
  {
    name: 'model',
    key: (row) => row.model,
    cell: (row) => clip(row.model ?? '', 24),
    text: true,
    minor: true,
  },
  { name: 'parameters', key: (row) => row.parameters, cell: (row) => (row.parameters === undefined ? '' : count(row.parameters)), minor: true }, // biome-ignore format: a column a line
  {
    name: 'began',
    key: (row) => row.started,
    cell: (row) => moment(row.started ?? ''),
    text: true,
    minor: true,
  },
]

function Troubles({ problems, warnings }: RunRow) {
  if (problems + warnings === 0) return null
  const words = [problems > 0 ? `${problems} problems` : '', warnings > 0 ? `${warnings} warnings` : '']
  return (
    <span
      class="troubles"
      role="img"
      aria-label={words.filter(Boolean).join(', ')}
      title={words.filter(Boolean).join(', ')}
    >
      {problems > 0 && <span class="problem">✕{problems}</span>}
      {warnings > 0 && <span class="warning">▲{warnings}</span>}
    </span>
  )
}

function Progress({ epochs, ofEpochs }: RunRow) {
  return <>{ofEpochs === undefined ? epochs : `${epochs}/${ofEpochs}`}</>
}

interface RunTableProps {
  readonly rows: readonly RunRow[]
  readonly selected: readonly string[]
  readonly select: (ids: readonly string[]) => void
}

interface Order {
  readonly column: string
  readonly down: boolean
}

/** Rows that are drawn; the filter finds the others. */
const MOST_ROWS = 300

/** All runs, to be sorted, filtered and selected. */
export function RunTable({ rows, selected, select }: RunTableProps) {
  const inks = useInks()
  const [order, setOrder] = useState<Order>()
  const [filter, setFilter] = useState('')
  const found = useMemo(() => sorted(filtered(rows, filter), order), [rows, filter, order])
  const full = selected.length >= MOST_SELECTED
  const toggle = (id: string) =>
    select(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id])
  const sort = (column: string) =>
    setOrder((before) =>
      before?.column === column ? { column, down: !before.down } : { column, down: column !== 'run' },
    )
  return (
    <section class="runs" aria-label="Runs">
      <div class="bar-of-tools">
        <h2>Runs</h2>
        <span class="soft">
          {rows.length === 1 ? '1 run' : `${grouped(rows.length)} runs`}, {selected.length} shown
          {full ? ` (at most ${MOST_SELECTED})` : ''}
        </span>
        {rows.length > 6 && (
          <input
            type="search"
            placeholder="filter by name, data, model, outcome"
            aria-label="Filter runs"
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        )}
      </div>
      <Scroll label="Table of runs" class="list">
        <table class="plain">
          <thead>
            <tr>
              <th class="check">
                <span class="visually-hidden">shown</span>
              </th>
              {columns.map((column) => (
                <Heading key={column.name} column={column} order={order} sort={sort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, MOST_ROWS).map((row) => {
              const at = selected.indexOf(row.id)
              return (
                <tr
                  key={row.id}
                  class={at >= 0 ? 'selected' : undefined}
                  style={at >= 0 ? { '--run': inks.runs[at]! } : {}}
                >
                  <td class="check">
                    <input
                      type="checkbox"
                      checked={at >= 0}
                      disabled={at < 0 && full}
                      aria-label={`show ${row.id}`}
                      onChange={() => toggle(row.id)}
                    />
                  </td>
                  {columns.map(({ name, cell, minor, text }) => (
                    <td key={name} class={classOf(minor, text)}>
                      {name === 'run' ? (
                        <button type="button" class="name" title={row.id} onClick={() => select([row.id])}>
                          {cell(row)}
                        </button>
                      ) : (
                        cell(row)
                      )}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
        {found.length > MOST_ROWS && (
          <p class="note">and {grouped(found.length - MOST_ROWS)} more: filter to find them</p>
        )}
        {found.length === 0 && <p class="note">no run matches the filter</p>}
      </Scroll>
    </section>
  )
}

interface HeadingProps {
  readonly column: Column
  readonly order: Order | undefined
  readonly sort: (column: string) => void
}

function Heading({ column: { name, minor, text }, order, sort }: HeadingProps) {
  const isOrder = order?.column === name
  const direction = order?.down ? 'descending' : 'ascending'
  return (
    <th scope="col" class={classOf(minor, text)} aria-sort={isOrder ? direction : 'none'}>
      <button type="button" onClick={() => sort(name)}>
        {name}
        <span aria-hidden="true">{isOrder ? (order.down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
}

const classOf = (minor?: boolean, text?: boolean) =>
  [minor ? 'minor' : '', text ? 'text' : ''].filter(Boolean).join(' ')

function filtered(rows: readonly RunRow[], filter: string): readonly RunRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter(({ id, data, model, state }) => {
    const text = `${id} ${data} ${model} ${state}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

function sorted(rows: readonly RunRow[], order: Order | undefined): readonly RunRow[] {
  const column = columns.find(({ name }) => name === order?.column)
  if (!column || !order) return rows
  const sign = order.down ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [column.key(a), column.key(b)]
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined)
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y)
    return sign * String(x).localeCompare(String(y), undefined, { numeric: true })
  })
}
