import type { Request } from 'express'
import { isLoopback } from './loopback.ts'

/** Not `req.ip`, which a header may have decided: what a proxy on this machine passes on comes from somebody else. */
export function isFromHere(req: Request): boolean {
  return !isPassedOn(req, ['forwarded', 'x-forwarded-for']) && isLoopback(req.socket.remoteAddress ?? '')
}

/** The same in earnest: also by what else proxies say of themselves, and under a name that means this machine to whoever asked. */
export function isFromHereAlone(req: Request): boolean {
  return isFromHere(req) && !isPassedOn(req, PROXYS_OWN) && isNameOfThisMachine(req.get('Host'))
}

const PROXYS_OWN = [
  ...['via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-forwarded-server'],
  ...['x-original-host', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip'],
]

const isPassedOn = (req: Request, headers: readonly string[]) =>
  headers.some((header) => req.headers[header] !== undefined)

/** localhost, a name below it (RFC 6761), or an address of the loopback network. HTTP/1.0 may leave it out. */
function isNameOfThisMachine(host: string | undefined): boolean {
  if (host === undefined) return true
  const name = URL.parse(`http://${host}`)?.hostname.replaceAll(/^\[|\]$/g, '') ?? ''
  return isLoopback(name) || name.endsWith('.localhost')
}
