import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'

/** Scripts and styles come from the server itself, nothing from elsewhere, and nothing written into the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Headers of every answer. */
export function secure(response: ServerResponse): void {
  response.setHeader('Content-Security-Policy', POLICY)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
}

/** Whether nobody outside this machine can reach a server at `host`. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/**
 * Whether the `Host` of a request is one by which this server is called. A page on the web can let its own name point to this
 * machine (DNS rebinding): such a request has that name.
 * @param host what the server listens at. At an address for all, every address is right, but no name except `localhost`.
 */
export function isOurs({ headers }: IncomingMessage, host: string): boolean {
  const name = hostName(headers.host ?? '')
  if (name === undefined) return false
  if (isLoopback(name) || name === host.toLowerCase()) return true
  return !isLoopback(host) && isIP(name) !== 0
}

/** `[::1]:80` as `::1`; undefined if it is no host. */
function hostName(header: string): string | undefined {
  const [, six, name] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d+)?$/i.exec(header) ?? []
  return (six ?? name)?.toLowerCase()
}
