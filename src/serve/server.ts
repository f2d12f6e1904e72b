import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ensure, GradusError } from '../core/index.ts'
import { isLoopback, isOurs, secure } from './guard.ts'
import { RunLibrary } from './library.ts'
import { Live } from './live.ts'
import { type PageFile, pageFiles, readPage } from './page.ts'

export interface DashboardOptions {
  /** The folder of runs, or that of one run; default `runs`. */
  readonly runs?: string
  /** 0 takes any that is free; by default the first of 4747 and the ten after it. */
  readonly port?: number
  /** The address to listen at; default `127.0.0.1`, which only this machine reaches. */
  readonly host?: string
}

/** A dashboard that is being served. */
export interface Dashboard {
  /** Where the page is. */
  readonly url: string
  /** What the person should know: that others can see the page, too. */
  readonly warning: string | undefined
  /** Ends the server, and the streams of pages that watch. */
  close(): Promise<void>
}

const FIRST_PORT = 4747
const PORTS = 11

/**
 * Serves the page that shows runs, and keeps it up to date while they train. It only reads.
 * ```ts
 * const { url, close } = await startDashboard({ runs: 'runs' })
 * ```
 * @throws if the folder is missing, the page was not built, or the port is taken.
 */
export async function startDashboard(options: DashboardOptions = {}): Promise<Dashboard> {
  const { runs = 'runs', port, host = '127.0.0.1' } = options
  ensure(
    port === undefined || (Number.isInteger(port) && port >= 0 && port < 65536),
    `port: expected a whole number from 0 to 65535, got ${port}`,
  )
  const library = new RunLibrary(runs)
  readPage('index.html')
  const live = new Live(library)
  const server = createServer((request, response) => {
    secure(response)
    try {
      answer(request, response, { library, live, host })
    } catch (error) {
      fail(response, 500, error instanceof Error ? error.message : String(error))
    }
  })
  const taken = await listen(server, host, port)
  const warning = isLoopback(host)
    ? undefined
    : `everyone who can reach ${host} sees these runs: there is no password`
  return {
    url: `http://${isLoopback(host) && host.includes(':') ? `[${host}]` : host}:${taken}/`,
    warning,
    async close() {
      live.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

interface Context {
  readonly library: RunLibrary
  readonly live: Live
  readonly host: string
}

function answer(request: IncomingMessage, response: ServerResponse, { library, live, host }: Context): void {
  const url = urlOf(request)
  const path = url?.pathname === '/' ? 'index.html' : url?.pathname.slice(1)
  if (!isOurs(request, host)) fail(response, 403, 'this server is not called by that name')
  else if (request.method !== 'GET' && request.method !== 'HEAD') fail(response, 405, 'only GET')
  else if (path === 'api/runs') json(response, library.list())
  else if (path === 'api/run') json(response, library.detail(url?.searchParams.get('id') ?? ''))
  else if (path === 'api/live') live.watch(response)
  else if (isPageFile(path)) sendPage(response, path)
  else fail(response, 404, 'nothing here')
}

function urlOf({ url = '' }: IncomingMessage): URL | undefined {
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost') : undefined
}

const isPageFile = (name: string | undefined): name is PageFile =>
  name !== undefined && Object.hasOwn(pageFiles, name)

function sendPage(response: ServerResponse, name: PageFile): void {
  response.writeHead(200, { 'Content-Type': pageFiles[name], 'Cache-Control': 'no-cache' })
  response.end(readPage(name))
}

function json(response: ServerResponse, value: unknown): void {
  if (value === undefined) {
    fail(response, 404, 'no such run')
    return
  }
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end(JSON.stringify(value))
}

function fail(response: ServerResponse, status: number, reason: string): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' })
  response.end(`${reason}\n`)
}

/** Listens at the port, or at the first free one of ours. @returns the port. */
async function listen(server: Server, host: string, port: number | undefined): Promise<number> {
  const candidates = port === undefined ? Array.from({ length: PORTS }, (_, i) => FIRST_PORT + i) : [port]
  for (const candidate of candidates) {
    const error = await tryListen(server, host, candidate)
    if (error === undefined) {
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : candidate
    }
    if (error.code !== 'EADDRINUSE') throw cannotListen(host, candidate, error.message)
  }
  throw cannotListen(
    host,
    candidates[0]!,
    'the port is taken',
    'give another port, or 0 for any that is free',
  )
}

const cannotListen = (host: string, port: number, reason: string, ...notes: string[]) =>
  new GradusError(`dashboard: cannot listen at ${host}:${port}: ${reason}`, notes)

const tryListen = (server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((resolve) => {
    server.once('error', resolve)
    server.listen(port, host, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
