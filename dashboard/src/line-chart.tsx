import { useEffect, useRef, useState } from 'preact/hooks'
import { type ECharts, init } from './echarts.ts'
import { short } from './format.ts'
import { clip, type Line, optionOf, type Picture } from './line-option.ts'
import { Scroll } from './scroll.tsx'
import { useInks } from './theme.ts'

interface LineChartProps extends Picture {
  /** What the picture shows, for those who do not see it. */
  readonly label: string
}

/**
 * A picture of lines. With the keyboard, arrows move from point to point and say what is there; `n` shows the numbers instead.
 * It is drawn when it comes into view.
 */
export function LineChart({ label, ...picture }: LineChartProps) {
  const inks = useInks()
  const box = useRef<HTMLDivElement>(null)
  const chart = useRef<ECharts>(undefined)
  const [visible, setVisible] = useState(false)
  const [numbers, setNumbers] = useState(false)
  useEffect(() => watchVisibility(box.current!, () => setVisible(true)), [])
  useEffect(() => {
    if (!visible || numbers) return
    const element = box.current!
    const drawn = init(element, null, { renderer: 'canvas' })
    chart.current = drawn
    const observer = new ResizeObserver(() => drawn.resize())
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.dispose()
      chart.current = undefined
    }
  }, [visible, numbers])
  useEffect(() => {
    chart.current?.setOption(optionOf(picture, inks), { notMerge: true })
  })
  const cursor = useCursor(picture, chart)
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'n') setNumbers(!numbers)
    else if (!cursor.key(event.key)) return
    event.preventDefault()
  }
  return (
    <div class="chart">
      <div
        ref={box}
        class="canvas"
        role="img"
        aria-label={`${label} Arrows read the points, n shows the numbers.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrows need a place to go to
        tabIndex={0}
        hidden={numbers}
        onKeyDown={keys}
      />
      {numbers && <Numbers {...picture} />}
      <p class="visually-hidden" aria-live="polite">
        {cursor.text}
      </p>
      <button
        type="button"
        class="quiet corner"
        aria-pressed={numbers}
        onClick={() => setNumbers(!numbers)}
        title="Show the numbers instead of the picture"
      >
        123
      </button>
    </div>
  )
}

/** Calls `seen` once when the element comes near the window. */
function watchVisibility(element: Element, seen: () => void): () => void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return
      observer.disconnect()
      seen()
    },
    { rootMargin: '200px' },
  )
  observer.observe(element)
  return () => observer.disconnect()
}

/** The point that the keyboard is at: shown in the picture and said in words. */
function useCursor(
  { lines, bands = [], places, format = short }: Picture,
  chart: { current: ECharts | undefined },
) {
  const [text, setText] = useState('')
  const at = useRef(-1)
  const named = lines.filter(({ faint }) => !faint)
  const main = named.reduce<Line | undefined>((a, b) => (a && a.x.length >= b.x.length ? a : b), undefined)
  const move = (index: number) => {
    if (!main) return
    const last = main.x.length - 1
    at.current = Math.max(0, Math.min(last, index))
    const x = main.x[at.current]!
    chart.current?.dispatchAction({
      type: 'showTip',
      seriesIndex: bands.length + lines.indexOf(main), // bands are drawn first
      dataIndex: at.current,
    })
    const place = places ? (places[x] ?? '') : `epoch ${Number(x.toFixed(2))}`
    setText([place, ...named.map((line) => sayAt(line, x, format))].filter(Boolean).join('; '))
  }
  const key = (name: string): boolean => {
    const step = Math.max(1, Math.round((main?.x.length ?? 0) / 50))
    if (name === 'ArrowRight') move(at.current + step)
    else if (name === 'ArrowLeft') move(at.current - step)
    else if (name === 'Home') move(0)
    else if (name === 'End') move(Number.POSITIVE_INFINITY)
    else if (name === 'Escape') chart.current?.dispatchAction({ type: 'hideTip' })
    else return false
    return true
  }
  return { text, key }
}

/** The value of a line nearest to a place. */
function sayAt({ name, x, y }: Line, at: number, format: (value: number) => string): string {
  let best = -1
  for (const [i, value] of x.entries()) {
    if (y[i] == null) continue
    if (best < 0 || Math.abs(value - at) < Math.abs(x[best]! - at)) best = i
  }
  return best < 0 ? '' : `${name} ${format(y[best]!)}`
}

/** Rows of the table: more than this are thinned. */
const MOST_ROWS = 60

/** The same as numbers. */
function Numbers({ lines, places, format = short }: Picture) {
  const named = lines.filter(({ faint }) => !faint)
  return (
    <Scroll label="Numbers" class="numbers">
      {named.map((line) => {
        const stride = Math.ceil(line.x.length / MOST_ROWS)
        const rows = [...line.x.keys()].filter((i) => i % stride === 0 || i === line.x.length - 1)
        return (
          <table key={line.name}>
            <thead>
              <tr>
                <th scope="col">{places ? 'layer' : 'epoch'}</th>
                <th scope="col">{clip(line.name)}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((i) => (
                <tr key={i}>
                  <td>{places ? places[line.x[i]!] : Number(line.x[i]!.toFixed(2))}</td>
                  <td>{line.y[i] == null ? '–' : format(line.y[i]!)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )
      })}
    </Scroll>
  )
}
