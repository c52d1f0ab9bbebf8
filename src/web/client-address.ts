import { isIP } from 'node:net'
import type { NextFunction, Request, Response } from 'express'

/**
 * Makes req.ip an address that can be stored, or undefined. Behind a trusted proxy it is a text out of X-Forwarded-For, which may be
 * anything; on the local network it may carry a zone ("fe80::1%eth0"), and on a socket for both protocols an IPv4 address is
 * written as an IPv6 one. The database refuses the first two, and with them the action that they came with.
 */
export function cleanClientAddress(req: Request, _res: Response, next: NextFunction) {
  Object.defineProperty(req, 'ip', { value: cleanAddress(req.ip) })
  next()
}

function cleanAddress(text: string | undefined): string | undefined {
  const address = text?.split('%')[0]?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
  return address && isIP(address) ? address : undefined
}
