import type { ComponentChildren } from 'preact'

interface ScrollProps {
  /** What is inside, for those who come to it by keyboard. */
  readonly label: string
  readonly class?: string
  readonly children: ComponentChildren
}

/** A part that scrolls by itself, also with the keyboard. */
export const Scroll = ({ label, class: kind = '', children }: ScrollProps) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must reach
  <section class={`scroll ${kind}`} tabIndex={0} aria-label={label}>
    {children}
  </section>
)
