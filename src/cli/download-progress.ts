import type { DownloadProgress } from '../data/index.ts'

const MEGABYTE = 1e6
/** Time between two lines, in milliseconds. */
const EVERY = 200

/** Shows on standard error how far downloads are: one line that changes on a terminal, a line per file elsewhere. */
export function downloadProgress(stream: NodeJS.WriteStream = process.stderr) {
  let file = ''
  let began = 0
  let last = 0
  const end = () => {
    if (file !== '' && stream.isTTY) stream.write('\r\u001b[K')
  }
  const update = ({ name, done, total }: DownloadProgress) => {
    const now = performance.now()
    if (name !== file) {
      file = name
      began = now
      last = 0
      if (!stream.isTTY) stream.write(`fetching ${name}${total ? ` (${megabytes(total)} MB)` : ''}\n`)
    }
    if (!stream.isTTY || now - last < EVERY) return
    last = now
    const rate = done / Math.max(1e-3, (now - began) / 1000)
    const left = total ? `, ${Math.ceil((total - done) / rate)} s left` : ''
    const whole = total ? ` of ${megabytes(total)}` : ''
    stream.write(
      `\r\u001b[Kfetching ${name}   ${megabytes(done)}${whole} MB   ${megabytes(rate)} MB/s${left}`,
    )
  }
  return { update, end }
}

const megabytes = (bytes: number) => (bytes / MEGABYTE).toFixed(1)
