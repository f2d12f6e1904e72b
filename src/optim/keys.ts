import type { Link } from './link.ts'

/** Links under distinct keys: their names, with `.2`, `.3` where a name comes again. */
export function keyed(links: readonly Link[]): { key: string; link: Link }[] {
  const counts = new Map<string, number>()
  return links.map((link) => {
    const count = (counts.get(link.name) ?? 0) + 1
    counts.set(link.name, count)
    return { key: count === 1 ? link.name : `${link.name}.${count}`, link }
  })
}
