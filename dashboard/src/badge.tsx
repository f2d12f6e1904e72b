import type { RunState } from '../../src/serve/api.ts'

/** Signs beside the colors, and what a state means. */
const states: Readonly<Record<RunState, readonly [sign: string, meaning: string]>> = {
  running: ['●', 'is being trained'],
  finished: ['✓', 'did all of its epochs, or stopped early as its recipe says'],
  interrupted: ['‖', 'was stopped by a person; gradus train --resume goes on'],
  failed: ['✕', 'ended with an error'],
  stopped: [
    '◌',
    'ended without a word: it was killed, or the machine went down; gradus train --resume goes on',
  ],
  empty: ['·', 'has no events yet'],
}

/** How a run stands, as a word with a sign. */
export function Badge({ state }: { readonly state: RunState }) {
  const [sign, meaning] = states[state]
  return (
    <span class={`badge ${state}`} title={`${state}: ${meaning}`}>
      <span aria-hidden="true">{sign}</span> {state}
    </span>
  )
}
