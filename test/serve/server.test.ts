import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LiveMessage, RunDetail, RunList } from '../../src/serve/api.ts'
import { isOurs } from '../../src/serve/guard.ts'
import { type Dashboard, startDashboard } from '../../src/serve/index.ts'
import { logOf, syntheticEvents, writeRun } from '../dashboard/synthetic.ts'

const root = mkdtempSync(join(tmpdir(), 'gradus-server-'))
let dashboard: Dashboard
beforeAll(async () => {
  writeRun(root, 'digits-1')
  writeRun(root, '<b>&%2e"\n')
  dashboard = await startDashboard({ runs: root, port: 0 })
})
afterAll(async () => {
  await dashboard.close()
  rmSync(root, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly text: string
}

/** A request with a path as it is, which `fetch` would tidy up. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { hostname, port } = new URL(dashboard.url)
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers, method }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('the server', () => {
  it('serves the page with its script and its style', async () => {
    const page = await ask('/')
    expect(page.text).toContain('<div id="app">')
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect((await ask('/app.js')).headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect((await ask('/app.css')).headers['content-type']).toBe('text/css; charset=utf-8')
  })

  it('lets nothing run that it did not serve, and nobody frame or read it', async () => {
    for (const path of ['/', '/api/runs', '/nothing']) {
      const { headers } = await ask(path)
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
      expect(policy).not.toContain('unsafe')
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
      })
    }
  })

  it('lists runs and gives each by its name, whatever that is', async () => {
    const { runs } = JSON.parse((await ask('/api/runs')).text) as RunList
    expect(runs.map(({ id }) => id).sort()).toEqual(['<b>&%2e"\n', 'digits-1'])
    for (const { id } of runs) {
      const { row } = JSON.parse((await ask(`/api/run?id=${encodeURIComponent(id)}`)).text) as RunDetail
      expect(row.id).toBe(id)
    }
  })

  it.each([
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/app.js/../../package.json',
    '/events.jsonl',
    '/digits-1/events.jsonl',
    '/__proto__',
    '/constructor',
    '//etc/passwd',
    '/\\..\\..\\etc\\passwd',
    '/api/run?id=../../etc',
    '/api/run?id=%00',
    '/api/run',
    '/%',
    '/%ff',
  ])('has nothing at %s', async (path) => {
    const { status, text } = await ask(path)
    expect(status).toBe(404)
    expect(text).toMatch(/^(nothing here|no such run)\n$/)
  })

  it.each([
    ['evil.example', 403],
    ['evil.example:4747', 403],
    ['127.0.0.1.evil.example', 403],
    ['localhost.evil.example', 403],
    ['192.168.0.1', 403],
    ['localhost', 200],
    ['LOCALHOST:1', 200],
    ['127.0.0.1', 200],
    ['[::1]:80', 200],
  ])('answers a request to host %j with %i', async (host, status) => {
    expect((await ask('/api/runs', { host })).status).toBe(status)
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('does not take %s', async (method) => {
    expect((await ask('/api/runs', {}, method)).status).toBe(405)
  })

  it('listens to this machine only, and warns otherwise', async () => {
    expect(new URL(dashboard.url).hostname).toBe('127.0.0.1')
    expect(dashboard.warning).toBeUndefined()
    const open = await startDashboard({ runs: root, port: 0, host: '0.0.0.0' })
    expect(open.warning).toBe('everyone who can reach 0.0.0.0 sees these runs: there is no password')
    await open.close()
  })

  it('says which port is taken, or takes the next of its own', async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
    })
    await expect(startDashboard({ runs: root, port })).rejects.toThrow(
      `dashboard: cannot listen at 127.0.0.1:${port}: the port is taken\n  give another port, or 0 for any that is free`,
    )
    await new Promise((resolve) => taken.close(resolve))
    const [first, second] = [await startDashboard({ runs: root }), await startDashboard({ runs: root })]
    expect(Number(new URL(second.url).port)).toBeGreaterThan(Number(new URL(first.url).port))
    await Promise.all([first.close(), second.close()])
  })

  it('fails for a folder that is missing and a port that is none', async () => {
    await expect(startDashboard({ runs: join(root, 'nowhere') })).rejects.toThrow(
      /nowhere: expected a folder of runs, found nothing\n {2}runs are kept in runs\//,
    )
    await expect(startDashboard({ runs: root, port: 70_000 })).rejects.toThrow(
      'port: expected a whole number from 0 to 65535, got 70000',
    )
  })
})

describe('at an address for all', () => {
  it.each([
    ['192.168.0.1:4747', true],
    ['[fe80::1]:4747', true],
    ['localhost', true],
    ['evil.example', false],
    ['', false],
    ['a b', false],
    ['192.168.0.1.evil.example', false],
  ])('a request to %j is answered: %s', (host, expected) => {
    expect(isOurs({ headers: { host } } as Parameters<typeof isOurs>[0], '0.0.0.0')).toBe(expected)
  })
})

describe('the live stream', () => {
  it('begins with the list and goes on with what changes; half a line waits', async () => {
    writeRun(root, 'live', { epochs: 4, stepsPerEpoch: 10, until: 1 })
    const controller = new AbortController()
    const { body } = await fetch(new URL('api/live', dashboard.url), { signal: controller.signal })
    const messages = read(body!)
    const first = await messages.next()
    expect(first).toHaveProperty('list.runs')
    const next = syntheticEvents('live', { epochs: 4, stepsPerEpoch: 10 }).filter(({ step }) => step === 11)
    const line = logOf(next)
    const log = join(root, 'live', 'events.jsonl')
    appendFileSync(log, line.slice(0, 50))
    expect(await messages.next()).toMatchObject({
      change: { changed: [{ id: 'live', steps: 10 }], gone: [] },
    })
    appendFileSync(log, line.slice(50))
    expect(await messages.next()).toMatchObject({ change: { changed: [{ id: 'live', steps: 11 }] } })
    rmSync(join(root, 'live'), { recursive: true })
    expect(await messages.next()).toEqual({ change: { changed: [], gone: ['live'] } })
    controller.abort()
  })
})

/** The messages of a stream of server-sent events. */
function read(body: ReadableStream<Uint8Array>) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    async next(): Promise<LiveMessage> {
      for (;;) {
        const found = /^data: (.*)\n\n/m.exec(text)
        if (found) {
          text = text.slice(found.index + found[0].length)
          return JSON.parse(found[1]!) as LiveMessage
        }
        const { value, done } = await reader.read()
        if (done) throw new Error('the stream ended')
        text += decoder.decode(value, { stream: true })
      }
    },
  }
}
