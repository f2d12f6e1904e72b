import type { Scan } from './scan.ts'

/** What lies in a folder and is not used: files of other kinds, pictures of no class. */
export function leftOutNotices(scans: readonly Scan[]): string[] {
  const loose = scans.reduce((sum, scan) => sum + scan.loose, 0)
  const endings = new Map<string, number>()
  for (const { others } of scans)
    for (const [ending, count] of others) endings.set(ending, (endings.get(ending) ?? 0) + count)
  const files = [...endings.values()].reduce((sum, count) => sum + count, 0)
  const list = [...endings].sort(([, a], [, b]) => b - a).map(([ending, count]) => `${count} ${ending}`)
  const [lie, are] = [
    loose === 1 ? 'picture lies' : 'pictures lie',
    files === 1 ? 'file is no picture' : 'files are no pictures',
  ]
  const were = (count: number) => `${count === 1 ? 'was' : 'were'} left out`
  return [
    ...(loose > 0 ? [`${loose} ${lie} beside the folders of the classes and ${were(loose)}`] : []),
    ...(files > 0 ? [`${files} ${are} that can be read and ${were(files)}: ${list.join(', ')}`] : []),
  ]
}

/** Which pictures cannot be decoded; of many the first. */
export function badNotice(bad: ReadonlyMap<string, string>): string[] {
  if (bad.size === 0) return []
  const shown = [...bad.keys()].slice(0, 10)
  const more = bad.size > shown.length ? ` and ${bad.size - shown.length} more` : ''
  const were = bad.size === 1 ? 'was' : 'were'
  return [`${bad.size} of the pictures cannot be decoded and ${were} left out: ${shown.join(', ')}${more}`]
}
