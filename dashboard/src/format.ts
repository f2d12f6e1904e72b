/** Numbers as people read them. */

/** `0.0213`, `1.84`, `3.1e-7`: three digits. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (size === 0) return '0'
  if (size >= 0.001 && size < 1000) return String(Number(value.toPrecision(3)))
  if (size >= 1000 && size < 1e6) return grouped(Math.round(value))
  return value.toExponential(1).replace('e+', 'e').replace('.0e', 'e')
}

export const grouped = (value: number): string => value.toLocaleString('en-US')

/** 0.9813 as `98.13%`. */
export const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)}%`

/** `43 s`, `12 min 5 s`, `3 h 20 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `1.25 M`: for parameters. */
export function count(value: number): string {
  if (value >= 1e9) return `${short(value / 1e9)} G`
  if (value >= 1e6) return `${short(value / 1e6)} M`
  return value >= 1e4 ? `${short(value / 1e3)} k` : grouped(value)
}

/** The day and the time of a moment, in the reader's zone; empty for what is no time. */
export function moment(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  const pad = (n: number) => String(n).padStart(2, '0')
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`
}

/** Measures that are shares, which people read in percent. */
export const isShare = (metric: string): boolean => ['accuracy', 'top5'].includes(metric)

/** `accuracy` as `Accuracy`. */
export const titled = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
