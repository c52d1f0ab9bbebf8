import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'

const DAYS = 180

/**
 * Marks this browser as one that has been in the account, by a signed cookie that lets nobody in: it only gives the browser a
 * counter of its own for failed logins. It names neither person nor account. A browser remembers the account used last.
 */
export function rememberDevice(res: Response, account: string) {
  const { config, keys } = services(res.req)
  const nonce = randomBytes(16).toString('base64url')
  res.cookie(cookieName(config, 'device'), `${nonce}.${keys.sign('device', facts(account, nonce))}`, {
    ...cookieOptions(config),
    maxAge: DAYS * 24 * 60 * 60 * 1000,
  })
}

/** The mark of a browser that has been in this very account, or null. */
export function knownDevice(req: Request, account: string): string | null {
  const { config, keys } = services(req)
  const cookie: unknown = req.cookies[cookieName(config, 'device')]
  const [nonce = '', signature = ''] = typeof cookie === 'string' ? cookie.split('.') : []
  return nonce && keys.verify('device', facts(account, nonce), signature) ? nonce : null
}

/** The account as the counters and the cookie name it; the address is unique in the installation. */
export const staffAccount = (email: string) => `staff:${email}`

const facts = (account: string, nonce: string) => `${account}|${nonce}`
