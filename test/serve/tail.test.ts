import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readRegular, Tail } from '../../src/serve/tail.ts'

const root = mkdtempSync(join(tmpdir(), 'gradus-tail-'))
afterAll(() => rmSync(root, { recursive: true }))

let files = 0
function follow(content = '') {
  const path = join(root, `${files++}.jsonl`)
  writeFileSync(path, content)
  const tail = new Tail(path)
  const lines: string[] = []
  const read = () => {
    lines.length = 0
    let restarts = 0
    const report = tail.read(
      (bytes, start, end) => lines.push(bytes.toString('utf8', start, end)),
      () => restarts++,
    )
    return { lines: [...lines], restarts, ...report }
  }
  return { path, read }
}

describe('Tail', () => {
  it('reads each line once', () => {
    const { path, read } = follow('one\ntwo\n')
    expect(read()).toMatchObject({ lines: ['one', 'two'], changed: true })
    expect(read()).toMatchObject({ lines: [], changed: false })
    appendFileSync(path, 'three\n')
    expect(read().lines).toEqual(['three'])
  })

  it('waits for the other half of a line, also of a letter', () => {
    const { path, read } = follow()
    const bytes = Buffer.from('{"name":"größe"}\n')
    const got: string[] = []
    for (const byte of bytes) {
      appendFileSync(path, Buffer.from([byte]))
      got.push(...read().lines)
    }
    expect(got).toEqual(['{"name":"größe"}'])
  })

  it('begins anew when a file was shortened', () => {
    const { path, read } = follow('one\ntwo\nthree\n')
    read()
    truncateSync(path, 4)
    expect(read()).toMatchObject({ lines: ['one'], restarts: 1, restarted: true })
  })

  it('begins anew when a file was shortened and has grown beyond where it was', () => {
    const { path, read } = follow('one\ntwo\nthree\n')
    read()
    writeFileSync(path, 'one\n2\n3\nfour\nfive\nsix\n')
    expect(read()).toMatchObject({ lines: ['one', '2', '3', 'four', 'five', 'six'], restarts: 1 })
  })

  it('passes over lines of more than 8 MB, and goes on after them', () => {
    const { path, read } = follow(`one\n${'x'.repeat(9 << 20)}`)
    expect(read()).toMatchObject({ lines: ['one'], skipped: 0 })
    appendFileSync(path, 'x\ntwo\n')
    expect(read()).toMatchObject({ lines: ['two'], skipped: 1 })
  })

  it('takes lines that are longer than what is read at a time', () => {
    const long = 'y'.repeat(3 << 20)
    expect(follow(`${long}\nend\n`).read().lines).toEqual([long, 'end'])
  })

  it('reads neither what is missing, nor a folder, a link or a pipe', () => {
    symlinkSync('/etc/hostname', join(root, 'link'))
    execFileSync('mkfifo', [join(root, 'pipe')])
    for (const name of ['missing', '.', 'link', 'pipe']) {
      const report = new Tail(join(root, name)).read(
        () => expect.unreachable(),
        () => {},
      )
      expect(report).toEqual({ changed: false, restarted: false, skipped: 0 })
      expect(readRegular(join(root, name), 100)).toBeUndefined()
    }
  })
})

it('readRegular takes no file that is larger than it may be', () => {
  writeFileSync(join(root, 'text'), 'abc')
  expect(readRegular(join(root, 'text'), 3)).toBe('abc')
  expect(readRegular(join(root, 'text'), 2)).toBeUndefined()
})
