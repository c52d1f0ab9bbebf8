import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import { services } from '../services.ts'
import { cookieName, cookieOptions } from '../web/cookies.ts'

const DAYS = 180

/** An account as counters and the device cookie name it. */
export type Account = `staff:${string}` | `customer:${string}`

/**
 * Marks this browser as one that has been in the account, by a signed cookie that lets nobody in: it only gives the browser a
 * counter of its own for failed logins. It names neither person nor account. A browser remembers the account used last, one of the
 * portal's and one of the console's.
 */
export function rememberDevice(res: Response, account: Account) {
  const { config, keys } = services(res.req)
  const nonce = randomBytes(16).toString('base64url')
  res.cookie(
    cookieName(config, cookieOf(account)),
    `${nonce}.${keys.sign('device', facts(account, nonce))}`,
    {
      ...cookieOptions(config),
      maxAge: DAYS * 24 * 60 * 60 * 1000,
    },
  )
}

/** The mark of a browser that has been in this very account, or null. */
export function knownDevice(req: Request, account: Account): string | null {
  const { config, keys } = services(req)
  const cookie: unknown = req.cookies[cookieName(config, cookieOf(account))]
  const [nonce = '', signature = ''] = typeof cookie === 'string' ? cookie.split('.') : []
  return nonce && keys.verify('device', facts(account, nonce), signature) ? nonce : null
}

/**
 * The account of an address. A staff member's address is unique in the installation. Of a customer's the reseller is part: who has
 * the same address at another reseller, where its staff may set the password, must not wipe this one's counters clean by logging in
 * there.
 */
export const accountOf = (
  kind: 'staff' | 'customer',
  { resellerId, email }: { resellerId: string; email: string },
): Account => (kind === 'staff' ? `staff:${email}` : `customer:${resellerId}:${email}`)

const cookieOf = (account: Account) => (account.startsWith('customer:') ? 'console-device' : 'device')

const facts = (account: Account, nonce: string) => `${account}|${nonce}`
