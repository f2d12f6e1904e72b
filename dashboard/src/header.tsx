import type { Connection } from './source.ts'
import type { ThemeChoice } from './theme.ts'

const words: Readonly<Record<Connection, readonly [string, string]>> = {
  connecting: ['connecting', 'asking the server for the runs'],
  live: ['live', 'this page follows runs as they train'],
  lost: ['not connected', 'the server is gone; gradus ui starts it again. What is here stays.'],
  report: ['report', 'this file holds all that it shows'],
}

const next: Readonly<Record<ThemeChoice, ThemeChoice>> = { auto: 'light', light: 'dark', dark: 'auto' }
const signs: Readonly<Record<ThemeChoice, string>> = { auto: '◐', light: '○', dark: '●' }

interface HeaderProps {
  readonly folder: string
  readonly connection: Connection
  readonly choice: ThemeChoice
  readonly choose: (choice: ThemeChoice) => void
}

/** The name of the page, where its runs are, whether it is up to date, and the switch of the theme. */
export function Header({ folder, connection, choice, choose }: HeaderProps) {
  const [word, meaning] = words[connection]
  return (
    <header class="top">
      <a class="skip" href="#main">
        to the runs
      </a>
      <h1>
        <Mark /> Gradus
      </h1>
      <span class="folder" title={folder}>
        {folder}
      </span>
      <span class={`connection ${connection}`} role="status" title={meaning}>
        {word}
      </span>
      <button
        type="button"
        class="quiet"
        onClick={() => choose(next[choice])}
        title="Switch between the system's theme, light and dark"
        aria-label={`Theme: ${choice}. Switch to ${next[choice]}.`}
      >
        <span aria-hidden="true">{signs[choice]}</span> {choice}
      </button>
    </header>
  )
}

/** Steps that go down: what the name means, and what a loss should do. */
const Mark = () => (
  <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
    <path d="M2 4h5v5h5v5h6" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linejoin="round" />
  </svg>
)
