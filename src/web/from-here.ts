import { isIP } from 'node:net'
import type { Request, RequestHandler } from 'express'
import { services } from '../services.ts'
import { Refusal } from '../words/refusal.ts'
import { t } from '../words/words.ts'
import { localAddress } from './local-address.ts'
import { isLoopback } from './loopback.ts'
import { siteOf } from './site.ts'

/** Not `req.ip`, which a header may have decided: what a proxy on this machine passes on comes from somebody else. */
export function isFromHere(req: Request): boolean {
  return !isPassedOn(req, ['forwarded', 'x-forwarded-for']) && isLoopback(req.socket.remoteAddress ?? '')
}

/** The same in earnest: also by what else proxies say of themselves, and under a name that means this machine to the client. */
function isFromHereAlone(req: Request): boolean {
  return isFromHere(req) && !isPassedOn(req, PROXYS_OWN) && isNameOfThisMachine(req.get('Host'))
}

const PROXYS_OWN = [
  ...['via', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-forwarded-server'],
  ...['x-original-host', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip'],
]

/** The name in a Host header, without the port and the brackets of an IPv6 address; '' where there is none. */
const nameIn = (host: string) => URL.parse(`http://${host}`)?.hostname.replaceAll(/^\[|\]$/g, '') ?? ''

const isPassedOn = (req: Request, headers: readonly string[]) =>
  headers.some((header) => req.headers[header] !== undefined)

/** localhost, a name below it (RFC 6761), or an address of the loopback network. HTTP/1.0 may leave it out. */
function isNameOfThisMachine(host: string | undefined): boolean {
  if (host === undefined) return true
  const name = nameIn(host)
  return isLoopback(name) || name.endsWith('.localhost')
}

/**
 * The demo's passwords are published, so it is open on this machine alone. It listens on loopback, and this refuses, 403, what a proxy in
 * front of it passes on, and what asks under another name, as a page of somebody else's does that has its name lead here (DNS rebinding).
 */
export const demoOnlyHere: RequestHandler = (req, _res, next) => {
  if (!services(req).config.isDemo || isFromHereAlone(req)) return next()
  next(
    new Refusal(
      403,
      t(
        'This is the demo, whose passwords are public. It can be opened only on the machine it runs on, not through a proxy or under another host name.',
      ),
    ),
  )
}

/**
 * Leads from the demo's IP address to its name, where passkeys can be used and forms are taken: a page, and nothing that is sent. Under
 * another port it is passed on from elsewhere, and the name would lead somewhere else.
 */
export const demoByItsName: RequestHandler = (req, res, next) => {
  const { appUrl, isDemo, port } = services(req).config
  const host = req.get('Host') ?? ''
  const isByNumber = isIP(nameIn(host)) !== 0 && host.endsWith(`:${port}`)
  const address = localAddress(req.originalUrl, siteOf(req))
  if (!isDemo || req.method !== 'GET' || !isByNumber || !address) return next()
  if (!appUrl || isIP(nameIn(new URL(appUrl).host))) return next()
  res.redirect(303, new URL(address, appUrl).href)
}
