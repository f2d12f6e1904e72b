/** A line on the terminal that says what is going on; results go to standard output, this goes beside them. */
export interface Progress {
  /** Replaces the line; without a terminal nothing is written. */
  update(text: string): void
  /** Writes a line that stays. */
  note(text: string): void
  /** Clears the line. */
  clear(): void
}

/** Progress on standard error. */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  const clear = () => {
    if (stream.isTTY) stream.write('\r\u001b[K')
  }
  return {
    update(text) {
      clear()
      if (stream.isTTY) stream.write(text)
    },
    note(text) {
      clear()
      stream.write(`${text}\n`)
    },
    clear,
  }
}
