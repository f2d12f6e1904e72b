import type { PreprocessProgress } from '../data/index.ts'

/** Time between two lines, and what is done faster is not told; in milliseconds. */
const [EVERY, PATIENCE] = [200, 1500]

/** Shows on standard error how far preprocessing is that takes long: a line that changes on a terminal, one line elsewhere. */
export function preparingProgress(
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY'> = process.stderr,
): (progress: PreprocessProgress) => void {
  let current = ''
  let began = 0
  let drawn: number | undefined
  return ({ step, done }) => {
    const now = performance.now()
    if (step !== current) [current, began, drawn] = [step, now, undefined]
    if (done >= 1) {
      if (drawn !== undefined && stream.isTTY) stream.write('\r\u001b[K')
      current = ''
      return
    }
    if (now - began < PATIENCE || (drawn !== undefined && (!stream.isTTY || now - drawn < EVERY))) return
    drawn = now
    const left = ((now - began) * (1 - done)) / Math.max(done, 0.01) / 1000
    const text = `preparing the data: ${step}   ${Math.floor(100 * done)}%, about ${timeOf(left)} left`
    stream.write(stream.isTTY ? `\r\u001b[K${text}` : `${text}\n`)
  }
}

/** `40 s`, `3 min`. */
const timeOf = (seconds: number) =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`
