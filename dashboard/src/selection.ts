import { useCallback, useEffect, useState } from 'preact/hooks'

/** Runs that can be told apart in one picture: so many colors there are. */
export const MOST_SELECTED = 8

/** The runs that are shown side by side, kept in the address so that a link or a reload shows the same. */
export function useSelection(): readonly [
  selected: readonly string[],
  select: (ids: readonly string[]) => void,
] {
  const [selected, setSelected] = useState(readHash)
  useEffect(() => {
    const listen = () => setSelected(readHash())
    addEventListener('hashchange', listen)
    return () => removeEventListener('hashchange', listen)
  }, [])
  const select = useCallback((ids: readonly string[]) => {
    const kept = ids.slice(0, MOST_SELECTED)
    const hash = new URLSearchParams(kept.map((id) => ['run', id])).toString()
    history.replaceState(null, '', `#${hash}`)
    setSelected(kept)
  }, [])
  return [selected, select]
}

function readHash(): readonly string[] {
  const ids = new URLSearchParams(location.hash.slice(1)).getAll('run')
  return [...new Set(ids)].slice(0, MOST_SELECTED)
}
