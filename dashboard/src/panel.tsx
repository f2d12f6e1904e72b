import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface PanelProps {
  readonly title: string
  /** One line: what it means. */
  readonly caption: string
  /** Buttons and keys beside the title. */
  readonly tools?: ComponentChildren
  readonly wide?: boolean
  readonly children: ComponentChildren
}

/** A part of the page with a title and what it means. */
export function Panel({ title, caption, tools, wide, children }: PanelProps) {
  const id = useId()
  return (
    <section class={wide ? 'panel wide' : 'panel'} aria-labelledby={id}>
      <header>
        <h3 id={id}>{title}</h3>
        {tools && <div class="tools">{tools}</div>}
      </header>
      <p class="caption">{caption}</p>
      {children}
    </section>
  )
}

interface KeyProps {
  readonly color: string
  readonly dashed?: boolean
  readonly children: ComponentChildren
}

/** What a kind of line means: a piece of it and its name. */
export function Key({ color, dashed, children }: KeyProps) {
  return (
    <span class="key">
      <svg width="22" height="8" aria-hidden="true">
        <line
          x1="0"
          y1="4"
          x2="22"
          y2="4"
          stroke={color}
          stroke-width="2"
          stroke-dasharray={dashed ? '5 3' : undefined}
        />
        {dashed && <circle cx="11" cy="4" r="3" fill={color} />}
      </svg>
      {children}
    </span>
  )
}
