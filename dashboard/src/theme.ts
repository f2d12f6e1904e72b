import { createContext } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'

/** What the person chose; `auto` follows the system. */
export type ThemeChoice = 'auto' | 'light' | 'dark'
export type Theme = 'light' | 'dark'

/** Colors of what is drawn on canvases; the rest is in the style sheet. */
export interface Inks {
  readonly strong: string
  readonly soft: string
  readonly line: string
  readonly grid: string
  readonly panel: string
  /** For runs, and for train and validation of a single one. Okabe and Ito (2008), the darkest swapped for the theme. */
  readonly runs: readonly string[]
  /** From the first layer to the last: of cividis, which is apart for all kinds of color vision and in gray. */
  readonly depth: readonly [string, string]
}

const inks: Readonly<Record<Theme, Inks>> = {
  light: {
    strong: '#1b1f24',
    soft: '#59636e',
    line: '#d0d7de',
    grid: '#eceff2',
    panel: '#ffffff',
    runs: ['#0072b2', '#d55e00', '#009e73', '#b4568c', '#b87b00', '#2a8fc7', '#1b1f24', '#7a7a7a'],
    depth: ['#00346e', '#c9a400'],
  },
  dark: {
    strong: '#e6e8eb',
    soft: '#9aa4af',
    line: '#39424d',
    grid: '#242b33',
    panel: '#161b22',
    runs: ['#56b4e9', '#f08a4b', '#2fc79a', '#e08fbd', '#e6b422', '#9ecbff', '#ffffff', '#a0a0a0'],
    depth: ['#7f9fd9', '#ffe45c'],
  },
}

/** Markers beside colors, in the order of the runs. */
export const symbols = [
  'circle',
  'rect',
  'triangle',
  'diamond',
  'roundRect',
  'pin',
  'arrow',
  'emptyCircle',
] as const

export const InksContext = createContext<Inks>(inks.light)
export const useInks = (): Inks => useContext(InksContext)

const KEY = 'gradus-theme'
const dark = () => matchMedia('(prefers-color-scheme: dark)')

/** The theme that is shown, and how to choose another. The choice is kept where the browser lets us. */
export function useTheme() {
  const [choice, setChoice] = useState<ThemeChoice>(readChoice)
  const [systemDark, setSystemDark] = useState(() => dark().matches)
  useEffect(() => {
    const query = dark()
    const listen = () => setSystemDark(query.matches)
    query.addEventListener('change', listen)
    return () => query.removeEventListener('change', listen)
  }, [])
  const theme: Theme = choice === 'auto' ? (systemDark ? 'dark' : 'light') : choice
  useEffect(() => {
    document.documentElement.dataset.theme = theme
  }, [theme])
  const choose = (next: ThemeChoice) => {
    setChoice(next)
    try {
      localStorage.setItem(KEY, next)
    } catch {
      // Files and private windows may have no storage: the choice then lasts as long as the page.
    }
  }
  return { choice, choose, inks: inks[theme] }
}

function readChoice(): ThemeChoice {
  try {
    const held = localStorage.getItem(KEY)
    return held === 'light' || held === 'dark' ? held : 'auto'
  } catch {
    return 'auto'
  }
}

/** A color between two, `at` from 0 to 1. Both are `#rrggbb`. */
export function mix([from, to]: readonly [string, string], at: number): string {
  const parts = [1, 3, 5].map((i) => {
    const [a, b] = [from, to].map((color) => Number.parseInt(color.slice(i, i + 2), 16)) as [number, number]
    return Math.round(a + (b - a) * at).toString(16).padStart(2, '0') // biome-ignore format: one expression
  })
  return `#${parts.join('')}`
}
